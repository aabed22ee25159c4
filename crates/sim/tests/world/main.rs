//! The world's behaviour, seen through the traces of scripted nodes.

mod clocks;
mod crashes;
mod cuts;
mod faults;
mod horizon;
mod limits;
mod links;
mod pauses;
mod properties;
mod script;
