//! Pictures and words as plain data.
//!
//! A run and a viewport go in, [`Picture`]s come out: shapes in a stable
//! order, with no document and no markup in the geometry. One small mapping
//! turns them into SVG text ([`svg`]), another, in the page, paints a canvas.

pub mod chart;
pub mod hit;
pub mod ink;
pub mod shape;
pub mod svg;
pub mod swimlane;
pub mod table;
pub mod text;

pub use ink::Ink;
pub use shape::{Anchor, Dash, Paint, Picture, Segment, Shape, Size};
