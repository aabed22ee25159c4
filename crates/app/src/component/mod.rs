//! The parts of the page.

pub mod announcer;
pub mod answer;
pub mod canvas;
pub mod chart;
pub mod claims;
pub mod control;
pub mod controls;
pub mod crowd;
pub mod diagram;
pub mod flips;
pub mod grid;
pub mod header;
pub mod inspect;
pub mod link;
pub mod needs;
pub mod notices;
pub mod picture;
pub mod player;
pub mod progress;
pub mod settings;
pub mod share;
pub mod story;
pub mod table;
pub mod tabs;
pub mod verdict;

use yew::UseReducerDispatcher;

use crate::state::State;

/// Hands an action to the page.
pub type Dispatch = UseReducerDispatcher<State>;
