//! The sentences of the lesson on rate limits, each with the runs that show
//! it.

use alloc::vec::Vec;

use super::evidence::{
    admitted, all_hear, allowed, busiest, busy, calls, costs_a_round_trip, hot, in_burst,
    in_window, is_exact, is_late_by_two_gaps, neighbours, passes_in_every_gap, pays_back, sent,
    serialises, wait_in_line, waits_for_the_ttl,
};
use crate::claim::{Claim, Quantifier};
use crate::design::{Named, Variation};
use crate::laws::Law;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::vocabulary::Status;

/// Worth a name; the lesson's own first.
pub(super) const SCENARIOS: &[Named] = &[
    Named {
        title: "A lock for each request",
        shows: "Twelve requests of one user come at once. Each waits for the lock, and the last for all others.",
        code: "rate-limit",
    },
    Named {
        title: "One script",
        shows: "The same twelve: one round trip each, and Redis decides them one by one.",
        code: "rate-limit?design=lua",
    },
    Named {
        title: "Read, decide, write",
        shows: "The limit is four, and all twelve get through: each was read before another was written.",
        code: "rate-limit?design=get_set&burst=4",
    },
    Named {
        title: "Four servers, four limits",
        shows: "Each server lets the whole limit of a window through before it hears of the others.",
        code: "rate-limit?design=local_sync&policy=window&limit=10&together=60",
    },
    Named {
        title: "A debt that is forgiven",
        shows: "Servers tell every 250 ms, and a count below zero is put back to zero: too many, each time.",
        code: "rate-limit?design=local_sync&burst=20&sync=250ms&debt=clamp&arrivals=random&requests=800&duration=1.5s",
    },
    Named {
        title: "A clock that is 10 ms fast",
        shows: "Every second server's. Each time a slow clock follows a fast one, 10 ms are paid out again.",
        code: "rate-limit?design=lua&time_source=client&skew=10ms&arrivals=random&requests=1000",
    },
    Named {
        title: "A hot shard",
        shows: "One user sends most requests. Its shard is busy all the time, and others on it wait with it.",
        code: "rate-limit?design=lua&script=4ms&arrivals=random&requests=500&duration=1s&users=20&zipf=200",
    },
    Named {
        title: "The holder dies",
        shows: "API 1 dies with the lock. The user is locked out until the TTL is over.",
        code: "rate-limit?holder_crash=on",
    },
    Named {
        title: "The script is forgotten",
        shows: "NOSCRIPT: one more round trip, with the text, and nothing else changes.",
        code: "rate-limit?design=lua&flush_at=0ms",
    },
    Named {
        title: "Redis is down, the door open",
        shows: "For a second nobody counts, and all are let through.",
        code: "rate-limit?design=lua&down=1s&down_at=500ms&arrivals=random&requests=400",
    },
];

/// What a learner would change next.
pub(super) fn variations(scenario: &Scenario) -> Vec<Variation> {
    let with = |label, changes: &[(&str, i64)]| {
        let mut other = scenario.clone();
        for &(key, value) in changes {
            other = other.with(key, value);
        }
        (other != *scenario).then_some(Variation {
            label,
            scenario: other,
        })
    };
    [
        with("with one script at Redis", &[("design", 1)]),
        with("with reads and writes and no lock", &[("design", 2)]),
        with("with each server on its own", &[("design", 3)]),
        with("with a lock for each request", &[("design", 0)]),
        with("with sixteen servers", &[("servers", 16)]),
    ]
    .into_iter()
    .flatten()
    .take(4)
    .collect()
}

const EVERY: Quantifier = Quantifier::EverySeed;

/// Every claim, in the order of the answer.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "6a",
        sentence: "With a lock around GET and SET a request keeps others of its user out for S = 3 round trips: one for the lock, two under it. Of twelve that come at once, the last is decided 11 S after the first; and however many come, no more than 333 a second get through at a round trip of 1 ms.",
        runs: &[
            "rate-limit",
            "rate-limit?rate=1000&burst=1000&arrivals=random&requests=1000&duration=300ms",
        ],
        quantifier: EVERY,
        check: |runs| wait_in_line(&runs[0]) && serialises(&runs[1]),
        foil: &[
            "rate-limit?design=lua",
            "rate-limit?design=lua&rate=1000&burst=1000&arrivals=random&requests=1000&duration=300ms",
        ],
    },
    Claim {
        id: "6b",
        sentence: "One script decides in one round trip, and exactly: what the bucket holds and gains gets through and not one request more, with one server as with fifty. An atomic script has no race of N servers.",
        runs: &[
            "rate-limit?design=lua&servers=1&arrivals=random&requests=400&duration=500ms",
            "rate-limit?design=lua&arrivals=random&requests=400&duration=500ms",
            "rate-limit?design=lua&servers=16&arrivals=random&requests=400&duration=500ms",
            "rate-limit?design=lua&servers=50&arrivals=random&requests=400&duration=500ms",
        ],
        quantifier: EVERY,
        check: |runs| runs.iter().all(is_exact),
        foil: &[
            "rate-limit?design=get_set&servers=1&arrivals=random&requests=400&duration=500ms",
            "rate-limit?design=get_set&arrivals=random&requests=400&duration=500ms",
            "rate-limit?design=get_set&servers=16&arrivals=random&requests=400&duration=500ms",
            "rate-limit?design=get_set&servers=50&arrivals=random&requests=400&duration=500ms",
        ],
    },
    Claim {
        id: "6c",
        sentence: "Redis forgets scripts when it restarts or is told to. Whoever meets NOSCRIPT sends the text with EVAL and waits one round trip more; what gets through is as exact as before.",
        runs: &["rate-limit?design=lua&flush_at=250ms&arrivals=random&requests=400&duration=500ms"],
        quantifier: EVERY,
        check: |runs| costs_a_round_trip(&runs[0]),
        foil: &["rate-limit?design=lua&arrivals=random&requests=400&duration=500ms"],
    },
    Claim {
        id: "6d",
        sentence: "GET and SET without a lock are no limit: of twelve requests at once all get through where four may, each read before any is written. One server does it as well as four: what counts is how many are between their read and their write.",
        runs: &[
            "rate-limit?design=get_set&burst=4",
            "rate-limit?design=get_set&burst=4&servers=1",
        ],
        quantifier: EVERY,
        check: |runs| {
            runs.iter()
                .all(|run| run.breaks(Law::KeepsRate) && admitted(run) == 12)
        },
        foil: &[
            "rate-limit?design=lua&burst=4",
            "rate-limit?design=lua&burst=4&servers=1",
        ],
    },
    Claim {
        id: "6e",
        sentence: "N servers that tell each other now and then let N times the limit of a window through, where each meets enough requests before the first word of the others: 100 at a limit of 25 and four servers. They never let more through.",
        runs: &[
            "rate-limit?design=local_sync&policy=window&limit=25&arrivals=random&requests=3000&duration=250ms",
            "rate-limit?design=local_sync&policy=window&limit=25&window=300ms&sync_start=spread&arrivals=random&requests=800&duration=900ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            admitted(&runs[0]) == 100
                && runs[0].keeps(Law::KeepsRate)
                && runs[1].keeps(Law::KeepsRate)
                && (0..3).all(|place| (25..=100).contains(&in_window(&runs[1], place)))
        },
        foil: &[
            "rate-limit?design=lua&policy=window&limit=25&arrivals=random&requests=3000&duration=250ms",
            "rate-limit?design=lua&policy=window&limit=25&window=300ms&arrivals=random&requests=800&duration=900ms",
        ],
    },
    Claim {
        id: "6f",
        sentence: "The shorter the gap between two words, the less passes the limit: no more than comes in the last two gaps and a round trip, and nothing after that.",
        runs: &[
            "rate-limit?design=local_sync&policy=window&limit=25&sync=10ms&arrivals=random&requests=300&duration=900ms",
            "rate-limit?design=local_sync&policy=window&limit=25&sync=50ms&arrivals=random&requests=300&duration=900ms",
            "rate-limit?design=local_sync&policy=window&limit=25&sync=200ms&arrivals=random&requests=300&duration=900ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            runs.iter().all(is_late_by_two_gaps)
                && admitted(&runs[0]) < admitted(&runs[2])
                && admitted(&runs[2]) as f64 > allowed(&runs[2])
        },
        foil: &[
            "rate-limit?design=local_full&policy=window&limit=25&sync=10ms&arrivals=random&requests=300&duration=900ms",
            "rate-limit?design=local_full&policy=window&limit=25&sync=50ms&arrivals=random&requests=300&duration=900ms",
            "rate-limit?design=local_full&policy=window&limit=25&sync=200ms&arrivals=random&requests=300&duration=900ms",
        ],
    },
    Claim {
        id: "6g",
        sentence: "One user's key is one shard and one thread (FM6, hot shard): that shard is busy more than 90 % of the time and the others less than half; users who share it wait five times as long as others. Twice as many shards leave it as busy; eight keys for the user, each with an eighth of the limit, do not.",
        runs: &[
            "rate-limit?design=lua&script=4ms&arrivals=random&requests=500&duration=1s&users=20&zipf=200",
            "rate-limit?design=lua&shards=8&script=4ms&arrivals=random&requests=500&duration=1s&users=20&zipf=200",
            "rate-limit?design=lua&subkeys=8&script=4ms&arrivals=random&requests=500&duration=1s&users=20&zipf=200",
        ],
        quantifier: EVERY,
        check: |runs| {
            let of_hot = |run: &Run| busy(run, |user| user == 1).into_iter().fold(0.0, f64::max);
            let mut shares = busy(&runs[0], |_| true);
            shares.sort_unstable_by(f64::total_cmp);
            let busiest = |run: &Run| busiest(run).unwrap_or(0.0);
            shares.pop().is_some_and(|most| most > 0.9)
                && shares.iter().all(|&share| share < 0.5)
                && neighbours(&runs[0]).is_some_and(|(beside, apart)| beside > 5.0 * apart)
                && hot(&runs[0]) == hot(&runs[1])
                && busiest(&runs[1]) > 0.9
                && of_hot(&runs[1]) >= of_hot(&runs[0])
                && busiest(&runs[2]) < 0.9
        },
        foil: &[
            "rate-limit?design=lua&script=4ms&arrivals=random&requests=500&duration=1s&users=20&zipf=0",
            "rate-limit?design=lua&shards=8&script=4ms&arrivals=random&requests=500&duration=1s&users=20&zipf=0",
            "rate-limit?design=lua&subkeys=8&script=4ms&arrivals=random&requests=500&duration=1s&users=20&zipf=0",
        ],
    },
    Claim {
        id: "6h",
        sentence: "A script that goes by the server's clock and writes it back, whatever it says, pays the time between a fast clock and a slow one out again and again: at 10 ms the limit is passed more than twice over. With Redis' TIME it is exact; with a stamp that never runs back, it is passed by what 10 ms gain, at most.",
        runs: &[
            "rate-limit?design=lua&burst=20&time_source=client&skew=10ms&arrivals=random&requests=1000&duration=500ms",
            "rate-limit?design=lua&burst=20&skew=10ms&arrivals=random&requests=1000&duration=500ms",
            "rate-limit?design=lua&burst=20&time_source=client_max&skew=10ms&arrivals=random&requests=1000&duration=500ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            runs[0].breaks(Law::KeepsRate)
                && admitted(&runs[0]) as f64 > 2.0 * allowed(&runs[0])
                && runs[1].keeps(Law::KeepsRate)
                && runs[2].keeps(Law::KeepsRate)
        },
        foil: &[
            "rate-limit?design=lua&burst=20&time_source=client_max&skew=10ms&arrivals=random&requests=1000&duration=500ms",
            "rate-limit?design=lua&burst=20&skew=10ms&arrivals=random&requests=1000&duration=500ms",
            "rate-limit?design=lua&burst=20&time_source=client_max&skew=10ms&arrivals=random&requests=1000&duration=500ms",
        ],
    },
    Claim {
        id: "6i",
        sentence: "A server that takes ten tokens at once asks Redis for one request in ten. What servers have in hand after a quiet time gets through on top of a full bucket: of 300 at once more than the 100 that a bucket holds, and never more than N times ten on top.",
        runs: &[
            "rate-limit?design=lease&arrivals=random&requests=90",
            "rate-limit?design=lease&servers=10&arrivals=both&together=300&requests=30&duration=3s",
        ],
        quantifier: EVERY,
        check: |runs| {
            let burst = in_burst(&runs[1]);
            calls(&runs[0]) * 5 <= sent(&runs[0])
                && runs.iter().all(|run| run.keeps(Law::KeepsRate))
                && (101..=200).contains(&burst)
        },
        foil: &[
            "rate-limit?design=lua&arrivals=random&requests=90",
            "rate-limit?design=local_full&servers=10&arrivals=both&together=300&requests=30&duration=3s",
        ],
    },
    Claim {
        id: "6j",
        sentence: "A server that dies with the lock locks its user out: nothing is decided for that user until the TTL of 2 s is over.",
        runs: &["rate-limit?holder_crash=on&arrivals=random&requests=50&duration=3s"],
        quantifier: EVERY,
        check: |runs| waits_for_the_ttl(&runs[0]),
        foil: &["rate-limit?design=lua&fault=crash,api1,-,@600us"],
    },
    Claim {
        id: "6k",
        sentence: "Where each of N servers has a bucket of its own, N times the limit gets through, N (B + r t), and never more.",
        runs: &[
            "rate-limit?design=local_full&burst=10&together=80",
            "rate-limit?design=local_full&rate=50&burst=20&arrivals=random&requests=1000&duration=500ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            let most = 4.0 * allowed(&runs[1]);
            let second = admitted(&runs[1]) as f64;
            admitted(&runs[0]) == 40 && second <= most && second > 0.9 * most
        },
        foil: &[
            "rate-limit?design=lua&burst=10&together=80",
            "rate-limit?design=lua&rate=50&burst=20&arrivals=random&requests=1000&duration=500ms",
        ],
    },
    Claim {
        id: "6l",
        sentence: "Servers that tell each other now and then pass a bucket's limit once, if the debt is carried: afterwards no more gets through than the rate, until it is paid back. If a count below zero is put back to zero, they pass it again in every gap.",
        runs: &[
            "rate-limit?design=local_sync&burst=20&sync=250ms&debt=clamp&arrivals=random&requests=800&duration=1.5s",
            "rate-limit?design=local_sync&burst=20&sync=250ms&arrivals=random&requests=800&duration=1.5s",
        ],
        quantifier: EVERY,
        check: |runs| {
            passes_in_every_gap(&runs[0])
                && runs[0].breaks(Law::KeepsRate)
                && pays_back(&runs[1])
                && runs[1].keeps(Law::KeepsRate)
                && admitted(&runs[1]) as f64 > allowed(&runs[1])
        },
        foil: &[
            "rate-limit?design=local_sync&burst=20&sync=250ms&arrivals=random&requests=800&duration=1.5s",
            "rate-limit?design=local_sync&burst=20&sync=250ms&debt=clamp&arrivals=random&requests=800&duration=1.5s",
        ],
    },
    Claim {
        id: "6m",
        sentence: "A failover that loses a user's key starts the bucket full again: one more bucket gets through, and no more than that.",
        runs: &[
            "rate-limit?design=lua&fail=closed&down=5ms&down_at=500ms&down_loses=on&arrivals=random&requests=400&duration=1s",
        ],
        quantifier: EVERY,
        check: |runs| {
            let full = runs[0].scenario.get("burst") as f64;
            let admitted = admitted(&runs[0]) as f64;
            runs[0].breaks(Law::KeepsRate)
                && admitted > allowed(&runs[0]) + 0.5 * full
                && admitted <= allowed(&runs[0]) + full
        },
        foil: &[
            "rate-limit?design=lua&fail=closed&down=5ms&down_at=500ms&arrivals=random&requests=400&duration=1s",
        ],
    },
    Claim {
        id: "6n",
        sentence: "While Redis is down nobody counts. A limiter that fails open refuses nobody and keeps no limit; one that fails closed keeps the limit and refuses everybody.",
        runs: &[
            "rate-limit?design=lua&down=500ms&down_at=300ms&arrivals=random&requests=600&duration=1s",
            "rate-limit?design=lua&fail=closed&down=500ms&down_at=300ms&arrivals=random&requests=600&duration=1s",
        ],
        quantifier: EVERY,
        check: |runs| {
            all_hear(&runs[0], Status::Uncounted)
                && runs[0].breaks(Law::KeepsRate)
                && all_hear(&runs[1], Status::Uncountable)
                && runs[1].keeps(Law::KeepsRate)
        },
        foil: &[
            "rate-limit?design=lua&fail=closed&down=500ms&down_at=300ms&arrivals=random&requests=600&duration=1s",
            "rate-limit?design=lua&down=500ms&down_at=300ms&arrivals=random&requests=600&duration=1s",
        ],
    },
];
