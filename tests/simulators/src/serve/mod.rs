//! Both vendors on loopback, with the real clock; the only part that does I/O.

mod connection;
mod running;

pub use running::{Running, ServeOptions};

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::books::{Books, page};
use crate::http::{Reply, Request};
use crate::shop::Shop;
use crate::till::Till;
use crate::world::World;

/// Which of the three a port belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Desk {
    Shop,
    Till,
    Books,
}

/// The state that the ports share. Whoever locks both locks the shop first.
struct State {
    shop: Mutex<Shop>,
    till: Mutex<Till>,
    /// How far the clock of the vendors is ahead of the real one, in milliseconds.
    ahead_ms: AtomicI64,
}

impl State {
    fn new(world: World) -> Arc<Self> {
        Arc::new(Self {
            shop: Mutex::new(world.shop),
            till: Mutex::new(world.till),
            ahead_ms: AtomicI64::new(0),
        })
    }

    /// A panic under a lock spoils no invariant here: a state is only ever read by tests afterwards.
    fn shop(&self) -> MutexGuard<'_, Shop> {
        self.shop.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn till(&self) -> MutexGuard<'_, Till> {
        self.till.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        real_now_ms() + self.ahead_ms.load(Ordering::SeqCst)
    }

    fn with_books<T>(&self, read: impl FnOnce(&Books<'_>) -> T) -> T {
        let (shop, till) = (self.shop(), self.till());
        read(&Books::new(&shop, &till))
    }

    fn handle(&self, desk: Desk, request: &Request) -> Reply {
        let is_book = request.path.starts_with("/_books") || desk == Desk::Books;
        match desk {
            _ if is_book => self.show_books(request),
            Desk::Shop => self.shop().handle(request, self.now_ms()),
            Desk::Till => self.till().handle(request, self.now_ms()),
            Desk::Books => Reply::empty(404),
        }
    }

    fn show_books(&self, request: &Request) -> Reply {
        let segments = request.segments();
        let from = request.param("from").and_then(|from| from.parse().ok()).unwrap_or(0);
        let table = match segments.as_slice() {
            [] | ["_books"] => "",
            ["_books", table] => table,
            ["_books.json"] => return self.with_books(|books| as_json(books)),
            ["_summary.json"] => return self.with_books(|books| as_json(&books.summary())),
            _ => return Reply::empty(404),
        };
        match self.with_books(|books| page::page(books, "/_books", table, from)) {
            Some(html) => Reply {
                status: 200,
                headers: vec![("content-type".to_owned(), "text/html;charset=utf-8".to_owned())],
                body: html.into_bytes(),
                ..Reply::default()
            },
            None => Reply::empty(404),
        }
    }
}

fn as_json(value: &impl serde::Serialize) -> Reply {
    match serde_json::to_vec(value) {
        Ok(body) => Reply::text(200, body),
        Err(error) => Reply::text(500, error.to_string()),
    }
}

/// The real time, in Unix milliseconds. The state machines get it from here, and only here.
#[allow(
    clippy::disallowed_methods,
    reason = "served vendors live in real time; this is the one place"
)]
pub fn real_now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
