use alloc::vec::Vec;
use alloc::format;
use crate::design::Sentence;
use crate::run::Run;
use crate::vocabulary::Event;
pub(super) fn tell(run: &Run) -> Vec<Sentence> {
    (0..).zip(&run.trace.records).filter_map(|(number, record)| {
        let event = Event::read(record)?;
        Some(Sentence { record: number, text: format!("{} {event:?}", run.name(record.lane)), breach: false })
    }).collect()
}
