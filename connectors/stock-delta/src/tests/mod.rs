mod audit;
mod desk;
mod first;
mod guards;
mod schema;
mod trace;
mod world;
