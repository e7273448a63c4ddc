mod audit;
mod desk;
mod first;
mod guards;
mod refunds;
mod schema;
mod trace;
mod world;
