//! Long work in short slices, so that the page answers in between.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use super::window;

/// How long one slice keeps the page busy, ms.
const SLICE: f64 = 8.0;
/// How often progress is shown, ms.
const SHOWN_EVERY: f64 = 150.0;
/// Work that goes on step by step.
pub trait Work: Clone + 'static {
    /// Work on a new scenario waits so long, ms: while a slider moves each one
    /// is replaced at once.
    const SETTLE: u32 = 250;

    /// Does the next step and says whether more remain.
    fn advance(&mut self) -> bool;
}

struct Job<K, W> {
    key: K,
    work: W,
    remains: bool,
}

/// Does the work that `start` makes of `key`, in slices, while `awake`; it
/// starts over when `key` changes and goes on where it was after a sleep.
/// `None` until the first slice is done.
#[hook]
pub fn use_slices<K, W>(awake: bool, key: K, start: fn(&K) -> W) -> Option<Rc<W>>
where
    K: Clone + PartialEq + 'static,
    W: Work,
{
    let job: Rc<RefCell<Option<Job<K, W>>>> = use_mut_ref(|| None);
    let shown = use_state(|| None::<(K, Rc<W>)>);
    {
        let show = shown.setter();
        use_effect_with((awake, key.clone()), move |(awake, key)| {
            let next = Rc::new(RefCell::new(None));
            if *awake {
                let is_new = job.borrow().as_ref().is_none_or(|job| job.key != *key);
                if is_new {
                    *job.borrow_mut() = None;
                }
                let key = key.clone();
                let first = {
                    let next = Rc::clone(&next);
                    move || {
                        job.borrow_mut().get_or_insert_with(|| Job {
                            work: start(&key),
                            key,
                            remains: true,
                        });
                        let show = Rc::new(move |key: &K, work: &W| {
                            show.set(Some((key.clone(), Rc::new(work.clone()))));
                        });
                        slice(job, next, show, 0.0);
                    }
                };
                let wait = if is_new { W::SETTLE } else { 0 };
                *next.borrow_mut() = Some(Timeout::new(wait, first));
            }
            move || drop(next.take())
        });
    }
    shown
        .as_ref()
        .filter(|(shown, _)| *shown == key)
        .map(|(_, work)| Rc::clone(work))
}

/// Puts what has been done so far on the page.
type Show<K, W> = Rc<dyn Fn(&K, &W)>;

fn slice<K: 'static, W: Work>(
    job: Rc<RefCell<Option<Job<K, W>>>>,
    next: Rc<RefCell<Option<Timeout>>>,
    show: Show<K, W>,
    shown_at: f64,
) {
    let start = now();
    let mut shown_at = shown_at;
    let remains = {
        let mut job = job.borrow_mut();
        let Some(job) = job.as_mut() else { return };
        while job.remains && now() - start < SLICE {
            job.remains = job.work.advance();
        }
        if !job.remains || start - shown_at >= SHOWN_EVERY {
            show(&job.key, &job.work);
            shown_at = start;
        }
        job.remains
    };
    if remains {
        let again = Rc::clone(&next);
        let timeout = Timeout::new(0, move || slice(job, again, show, shown_at));
        *next.borrow_mut() = Some(timeout);
    }
}

fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}
