//! Tests of the whole crate, against a scripted till.

mod adjusting;
mod answers;
mod baskets;
mod book;
mod check;
mod customers;
mod described;
mod duplicates;
mod feed;
mod money;
mod products;
mod refusals;
mod sales;
mod settling;
mod shelf;
mod till;
mod whole;
