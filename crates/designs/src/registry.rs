//! The designs there are. A new one is a folder and a line here.

use crate::contention::Contention;
use crate::design::Design;
use crate::partitioning::Partitioning;
use crate::payments::Payments;
use crate::rate_limit::RateLimit;
use crate::redlock::Redlock;
use crate::zookeeper::ZooKeeper;

/// Every design, in the order of the lessons.
pub static DESIGNS: [&dyn Design; 6] = [
    &Redlock,
    &ZooKeeper,
    &Contention,
    &Payments,
    &Partitioning,
    &RateLimit,
];

/// The design with a key.
pub fn find(key: &str) -> Option<&'static dyn Design> {
    DESIGNS.iter().copied().find(|design| design.key() == key)
}
