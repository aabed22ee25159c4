//! What an address opens.

pub mod gallery;
pub mod lesson;
pub mod predict;
