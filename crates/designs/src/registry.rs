//! The designs there are. A new one is a folder and a line here.

use crate::design::Design;
use crate::partitioning::Partitioning;
use crate::payments::Payments;
use crate::redlock::Redlock;
use crate::zookeeper::ZooKeeper;

/// Every design, in the order of the lessons.
pub static DESIGNS: [&dyn Design; 4] = [&Redlock, &ZooKeeper, &Payments, &Partitioning];

/// The design with a key.
pub fn find(key: &str) -> Option<&'static dyn Design> {
    DESIGNS.iter().copied().find(|design| design.key() == key)
}
