//! Tests of the whole crate, against a scripted till.

mod answers;
mod baskets;
mod check;
mod customers;
mod described;
mod duplicates;
mod money;
mod products;
mod refusals;
mod sales;
mod till;
