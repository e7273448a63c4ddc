//! Served simulators on threads of their own, with handles to act on them from a test.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::connection::accept;
use super::{Desk, State};
use crate::books::Books;
use crate::shop::Shop;
use crate::till::Till;
use crate::world::World;

/// Where to listen. Port 0 takes any that is free.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServeOptions {
    /// Of the shop.
    pub shop_port: u16,
    /// Of the till.
    pub till_port: u16,
    /// Of the books.
    pub books_port: u16,
}

/// Both vendors and their books on loopback, until it is dropped.
pub struct Running {
    state: Arc<State>,
    shop_address: SocketAddr,
    till_address: SocketAddr,
    books_address: SocketAddr,
    // Dropping the runtime ends its tasks and frees the ports.
    _runtime: Runtime,
}

impl Running {
    /// Starts serving on background threads.
    ///
    /// # Errors
    /// A port is taken, or a thread can't be started.
    pub fn start(world: World, options: ServeOptions) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("simulators")
            .enable_all()
            .build()?;
        let state = State::new(world);
        let listen = |port: u16, desk: Desk| -> io::Result<SocketAddr> {
            let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)))?;
            let address = listener.local_addr()?;
            runtime.spawn(accept(listener, desk, state.clone()));
            Ok(address)
        };
        let shop_address = listen(options.shop_port, Desk::Shop)?;
        let till_address = listen(options.till_port, Desk::Till)?;
        let books_address = listen(options.books_port, Desk::Books)?;
        Ok(Self { state, shop_address, till_address, books_address, _runtime: runtime })
    }

    /// `http://127.0.0.1:…`, where the paths of the shop begin: `/api/v3/…`.
    pub fn shop_url(&self) -> String {
        format!("http://{}", self.shop_address)
    }

    /// `http://127.0.0.1:…`, where the paths of the till begin: `/api/2026-07/…`.
    pub fn till_url(&self) -> String {
        format!("http://{}", self.till_address)
    }

    /// Where both are, as a file for `penstock --connections`.
    pub fn connections(&self) -> String {
        let store_id = self.with_shop(|shop, _| shop.store_id());
        format!(
            "# Points the pipeline at the simulators instead of the vendors.\n\n\
             [connections.shop.endpoints]\napi = {{ url = \"{}/api/v3/{store_id}\", allow_private = true }}\n\n\
             [connections.till.endpoints]\napi = {{ url = \"{}/api\", allow_private = true }}\n",
            self.shop_url(),
            self.till_url(),
        )
    }

    /// The page of the books.
    pub fn books_url(&self) -> String {
        format!("http://{}", self.books_address)
    }

    /// Acts on the shop at the vendors' present time. No request is served meanwhile.
    pub fn with_shop<T>(&self, act: impl FnOnce(&mut Shop, i64) -> T) -> T {
        let now_ms = self.state.now_ms();
        let mut shop = self.state.shop();
        shop.advance_to(now_ms);
        act(&mut shop, now_ms)
    }

    /// Acts on the till at the vendors' present time. No request is served meanwhile.
    pub fn with_till<T>(&self, act: impl FnOnce(&mut Till, i64) -> T) -> T {
        let now_ms = self.state.now_ms();
        let mut till = self.state.till();
        till.advance_to(now_ms);
        act(&mut till, now_ms)
    }

    /// Reads the books as they are now.
    pub fn with_books<T>(&self, read: impl FnOnce(&Books<'_>) -> T) -> T {
        self.state.with_books(read)
    }

    /// Puts the vendors' clock ahead: indexes catch up, rate windows open. It never goes back.
    pub fn advance(&self, elapsed_ms: u32) {
        self.state.ahead_ms.fetch_add(i64::from(elapsed_ms), Ordering::SeqCst);
    }
}
