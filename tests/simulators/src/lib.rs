//! The vendors, simulated: an Ecwid shop and a Vend till as state machines, a world to fill them from a seed, and
//! books that know the truth.
//!
//! A state machine does no I/O and reads no clock. A test drives it in virtual time:
//!
//! ```
//! use penstock_simulators::http::Request;
//! use penstock_simulators::world::{NOW_MS, World, WorldOptions};
//! use penstock_simulators::{shop, till};
//!
//! let mut world = World::generate(&WorldOptions { seed: 7, ..WorldOptions::default() });
//! let request = Request::get("/api/v3/1003/orders?paymentStatus=PAID&limit=2").bearer(shop::DEMO_TOKEN);
//! let page = world.shop.handle(&request, NOW_MS).value();
//! assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
//!
//! let request = Request::get("/api/2026-07/registers").bearer(till::DEMO_TOKEN);
//! assert_eq!(world.till.handle(&request, NOW_MS).status, 200);
//! assert!(world.books().postable_paid_orders() > 0);
//! ```
//!
//! Over loopback, with the real clock, the same world is served by [`serve::Running`]. What nobody could confirm of
//! the vendors is a knob ([`knobs`]); what can go wrong with an exchange is a fault ([`faults`]).
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that can't go on fails"))]

pub mod books;
pub mod chance;
pub mod clock;
pub mod faults;
pub mod http;
mod json;
pub mod knobs;
mod late;
pub mod limiter;
pub mod money;
pub mod movement;
pub mod serve;
pub mod shop;
pub mod till;
pub mod traffic;
pub mod world;
