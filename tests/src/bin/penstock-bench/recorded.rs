//! Answers of the vendors, rendered once and kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use penstock::component::Services;
use penstock::contract::{Failure, Instant, Pair, Request, Response};
use penstock::egress;
use penstock_simulators::http;
use penstock_simulators::world::World;
use penstock_simulators::{shop, till};

/// A real order of a shop is about this long, in bytes, when nobody says which fields to leave out.
const WHOLE_ORDER_BYTES: usize = 5_000;

/// Which orders the answers show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// What the connector asks for by `responseFields`.
    Asked,
    /// All fields, and as many more as make 5 KB of an order.
    Whole,
}

/// One of the two vendors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Vendor {
    Shop,
    Till,
}

/// A vendor's answers by what was asked. What was not asked before is asked of the simulator, until it is sealed.
pub(crate) struct Record {
    world: Option<World>,
    shown: Shown,
    now: Instant,
    answers: HashMap<(Vendor, String), Vec<u8>>,
}

impl Record {
    pub(crate) fn new(world: World, shown: Shown, now: Instant) -> Self {
        Self { world: Some(world), shown, now, answers: HashMap::new() }
    }

    /// From now on nothing is asked that was not asked before.
    pub(crate) fn seal(&mut self) {
        self.world = None;
    }

    /// The answer to a read, as a vendor gives it.
    ///
    /// # Errors
    /// It is sealed and has none, or the simulator refuses.
    pub(crate) fn answer(
        &mut self,
        vendor: Vendor,
        path: &str,
        query: &[Pair],
    ) -> Result<Vec<u8>, String> {
        let mut asked = path.to_owned();
        for pair in query.iter().filter(|pair| pair.name != "responseFields") {
            asked.extend(["&", &pair.name, "=", &pair.value]);
        }
        if let Some(answer) = self.answers.get(&(vendor, asked.clone())) {
            return Ok(answer.clone());
        }
        let answer = self.ask(vendor, path, query).map_err(|why| format!("{asked}: {why}"))?;
        self.answers.insert((vendor, asked), answer.clone());
        Ok(answer)
    }

    fn ask(&mut self, vendor: Vendor, path: &str, query: &[Pair]) -> Result<Vec<u8>, String> {
        let world = self.world.as_mut().ok_or("not recorded")?;
        let (base, token) = match vendor {
            Vendor::Shop => (format!("/api/v3/{}", world.shop.store_id()), shop::DEMO_TOKEN),
            Vendor::Till => ("/api".to_owned(), till::DEMO_TOKEN),
        };
        let is_whole = self.shown == Shown::Whole && path.trim_matches('/') == "orders";
        let mut request =
            http::Request::get(&format!("{base}/{}", path.trim_start_matches('/'))).bearer(token);
        for pair in query.iter().filter(|pair| !(is_whole && pair.name == "responseFields")) {
            request = request.with(&pair.name, &pair.value);
        }
        let reply = match vendor {
            Vendor::Shop => world.shop.handle(&request, self.now),
            Vendor::Till => world.till.handle(&request, self.now),
        };
        match reply.status {
            200 if is_whole => Ok(filled_up(&reply.body)),
            200 => Ok(reply.body),
            status => Err(format!("{status}: {}", String::from_utf8_lossy(&reply.body))),
        }
    }
}

/// A page with each order filled up to the length of a real one, by fields such as real ones have: addresses of images,
/// what the order was paid with, what the theme of the shop had to say.
fn filled_up(page: &[u8]) -> Vec<u8> {
    const SHORT_OF: &[u8] = b"\"lang\":\"en\"";
    let mut filled = Vec::with_capacity(page.len() * 2);
    let mut order_at = 0;
    let mut rest = page;
    while let Some(at) = rest.windows(SHORT_OF.len()).position(|window| window == SHORT_OF) {
        filled.extend_from_slice(&rest[..at]);
        let missing = WHOLE_ORDER_BYTES.saturating_sub(filled.len() - order_at);
        filled.extend_from_slice(b"\"extraFields\":[");
        let mut image = 0;
        let began = filled.len();
        while filled.len() - began < missing {
            let comma = if image == 0 { "" } else { "," };
            let text = format!(
                "{comma}{{\"id\":\"image_{image}\",\"title\":\"Image \\\"{image}\\\"\",\"orderBy\":{image}.5,\"value\":\
                 \"https://images.example/1003/products/{image}/original-1500-1500-and-a-long-name.jpg\",\"isShown\":false}}"
            );
            filled.extend_from_slice(text.as_bytes());
            image += 1;
        }
        filled.extend_from_slice(b"],");
        filled.extend_from_slice(SHORT_OF);
        rest = &rest[at + SHORT_OF.len()..];
        order_at = filled.len();
    }
    filled.extend_from_slice(rest);
    filled
}

/// A record as the host's services of a connection's instance: answers are cut as egress cuts them.
pub(crate) struct Replay {
    pub(crate) record: Arc<Mutex<Record>>,
    pub(crate) vendor: Vendor,
    pub(crate) now: Instant,
}

impl Services for Replay {
    fn now(&mut self) -> Instant {
        self.now
    }

    fn read(&mut self, request: Request) -> Result<Response, Failure> {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = record
            .answer(self.vendor, &request.path, &request.query)
            .map_err(Failure::Unexpected)?;
        let body = egress::kept(answer, &request.keep).map_err(Failure::Unexpected)?;
        let headers =
            vec![Pair { name: "content-type".to_owned(), value: "application/json".to_owned() }];
        Ok(Response { status: 200, headers, body, sent_at: self.now })
    }
}
