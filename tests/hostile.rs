//! A hundred thousand codes that nobody means well with: cut off, grown,
//! forged, with markup, with what cannot be seen, with counts without end. The
//! same in every run; `HOSTILE_SEED=7` makes others.

use std::fmt::Write;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use designs::code::{self, LONGEST, MOST_NOTICES};
use designs::{Notice, Run, Scenario, link, registry};
use draw::swimlane::{self, Orientation, Viewport};
use sim::{Digest, Limits, Purpose, Stream};

const CODES: u32 = 100_000;
/// One reading, whatever it reads.
const LONGEST_READING: Duration = Duration::from_millis(100);
/// What one reading may take from the heap at once, and how often.
const MOST_BYTES: u64 = 4 << 20;
const MOST_ALLOCATIONS: u64 = 200_000;
/// Every so many codes that can be read are run and drawn.
const WHOLE_WAY: u32 = 500;

/// What a broken link or an ill-meaning person puts into a code.
const PIECES: [&str; 66] = [
    "&ttl=",
    "&name=",
    "&fault=",
    "redlock?redlock",
    "ttl=1s&ttl=2s",
    "&fault=drift,a,999999ppm,@0ms",
    "",
    "&",
    "=",
    "?",
    "~",
    "~~",
    "~1.",
    "#",
    "%",
    "%%",
    "%0",
    "%00",
    "%ff",
    "%3C",
    "%26",
    "%3D",
    "%E2%80%AE",
    "%f4%90%80%80",
    "+",
    " ",
    "\0",
    "\n",
    "\u{7f}",
    "\u{85}",
    "\u{202e}",
    "\u{2066}",
    "\u{200f}",
    "\u{61c}",
    "\u{ad}",
    "\u{feff}",
    "\u{e0041}",
    "e\u{301}",
    "٣s",
    "𝟙s",
    "-1",
    "-0ms",
    "99999999999999999999s",
    "9223372036854775807us",
    "1e9s",
    "0x10",
    "NaN",
    "&seed=18446744073709551616",
    "&horizon=0ms",
    "&horizon=99999s",
    "&horizon=-1s",
    "&fault=,,,",
    "&fault=pause,a,1s,@0ms",
    "&fault=crash,*,-,@0ms,wiped,restart:0ms",
    "&fault=cut,*-*,-,@1us,drop",
    "&fault=drift,a,-9223372036854775808ppm,@0ms",
    "&fault=step,*,-9223372036854775808us,@0ms",
    "&fault=pause,*,1s,msg:set:4294967296",
    "&servers=9999999999",
    "&servers=-3",
    "&rev=4294967296",
    "&rev=0",
    "&expect=c1+c1+c1-.ffff",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "../../etc/passwd",
];

/// Names that would do harm where a name were more than text.
const NAMES: [&str; 6] = [
    "</title><script>alert(1)</script>",
    "\" onload=\"alert(1)",
    "]]><svg/onload=alert(1)>",
    "&lt;b&gt; &#60;i&#62;",
    "'-->{{constructor}}",
    "a\u{202e}b\0c\u{2066}d\x1b[2Je",
];

/// Makes codes.
struct Maker {
    stream: Stream,
    /// Codes that are right.
    right: Vec<String>,
}

impl Maker {
    fn new() -> Self {
        let lines = include_str!("corpus/codes.txt").lines();
        let codes = lines.filter_map(|line| line.split_once("\t=").map(|(code, _)| code));
        let right = codes.map(str::to_owned).collect();
        let seed = std::env::var("HOSTILE_SEED").ok();
        let seed = seed.and_then(|seed| seed.parse().ok()).unwrap_or(1);
        Self {
            stream: Stream::new(seed, Purpose::Workload, 0),
            right,
        }
    }

    fn below(&mut self, count: usize) -> usize {
        self.stream.below(count as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn right(&mut self) -> String {
        let place = self.below(self.right.len());
        self.right[place].clone()
    }

    fn packed(&mut self) -> String {
        let scenario = code::read(&self.right()).expect("it is right").scenario;
        code::pack(&scenario, &link::Promise::default())
    }

    fn next(&mut self) -> String {
        match self.below(100) {
            0..30 => {
                let code = self.right();
                self.bent(&code)
            }
            30..50 => {
                let code = self.packed();
                self.bent(&code)
            }
            50..70 => self.forged(),
            70..80 => self.twice_and_more(),
            80..88 => self.noise(),
            88..94 => [self.right(), self.packed()].join(self.pick(&["~~", "~~~", "~"])),
            94..97 => self.packed() + &self.right(),
            _ => self.overlong(),
        }
    }

    /// A code with a few characters taken, put in or exchanged, and often the
    /// end gone.
    fn bent(&mut self, code: &str) -> String {
        let mut chars: Vec<char> = code.chars().collect();
        for _ in 0..=self.below(4) {
            let from = self.below(chars.len() + 1);
            let until = (from + self.below(4)).min(chars.len());
            let piece = self.pick(&PIECES);
            chars.splice(from..until, piece.chars());
        }
        if self.below(4) == 0 {
            let end = self.below(chars.len() + 1);
            chars.truncate(end);
        }
        chars.into_iter().collect()
    }

    /// A packed code whose checksum is right and whose bytes are anything, from
    /// an honest one's with a few changed to none of them.
    fn forged(&mut self) -> String {
        let packed = self.packed();
        let digits = packed.strip_prefix("~1.").expect("packed");
        let bytes = URL_SAFE_NO_PAD.decode(digits).expect("base64url");
        // Of honest codes the length is one byte or two.
        let start = 1 + usize::from(bytes[0] > 127);
        let mut body = bytes[start..bytes.len() - 4].to_vec();
        let items = body.len().min(1 + usize::from(body[0]));
        match self.below(4) {
            0 => {
                body.truncate(items);
                for _ in 0..self.below(200) {
                    body.push(self.stream.below(256) as u8);
                }
            }
            1 => {
                for _ in 0..=self.below(6) {
                    let place = self.below(body.len());
                    body[place] = self.pick_byte();
                }
            }
            2 => {
                let from = [items, self.below(body.len())][self.below(2)];
                let part = body[from..].to_vec();
                for _ in 0..self.below(60) {
                    body.extend(&part);
                }
                body.truncate(5_900);
            }
            _ => {
                let name = [self.pick(&NAMES), self.pick(&PIECES)].concat();
                // The item of a name, the item of a verdict.
                body.extend([[8, 10][self.below(2)], name.len() as u8]);
                body.extend(name.bytes());
            }
        }
        sealed(&body)
    }

    fn pick_byte(&mut self) -> u8 {
        let bytes = [0, 1, 6, 8, 127, 128, 255, self.stream.below(256) as u8];
        bytes[self.below(bytes.len())]
    }

    /// The same part of a code again and again, up to what is read and beyond.
    fn twice_and_more(&mut self) -> String {
        let mut code = self.right();
        let joint = if code.contains('?') { "&" } else { "?" };
        code.push_str(joint);
        let part = match self.below(4) {
            0 => self.pick(&PIECES).to_owned(),
            1 => format!("&{}={}", self.key(), self.pick(&PIECES)),
            2 => format!(
                "&fault=crash,{},-,@1s",
                self.pick(&["*", "a", "zz", "", "\u{202e}"])
            ),
            _ => code.rsplit('&').next().unwrap_or("").to_owned() + "&",
        };
        let most = if self.below(10) == 0 { 8_200 } else { 600 };
        let times = self.below(most / part.len().max(1) + 2);
        code + &part.repeat(times)
    }

    fn key(&mut self) -> &'static str {
        let parameters = registry::DESIGNS[self.below(registry::DESIGNS.len())].parameters();
        parameters[self.below(parameters.len())].key
    }

    /// Any characters, behind a design's key or not.
    fn noise(&mut self) -> String {
        let mut code = String::new();
        if self.below(2) == 0 {
            let design = registry::DESIGNS[self.below(registry::DESIGNS.len())];
            let _ = write!(code, "{}?{}=", design.key(), self.key());
        }
        for _ in 0..self.below(40) {
            let most = [0x80, 0x800, 0x1_0000, 0x11_0000][self.below(4)];
            code.extend(char::from_u32(self.stream.below(most) as u32));
        }
        code
    }

    fn overlong(&mut self) -> String {
        let piece = self.pick(&["x", "\u{202e}", "%", "&ttl=1s", "&fault=pause,a,1s,@1s"]);
        let length = LONGEST - 50 + self.below(100);
        let start = self.pick(&["", "redlock?name=", "redlock?", "~1.", "contention?fault="]);
        start.to_owned() + &piece.repeat(length / piece.len())
    }
}

/// `body` as a packed code with the checksum that belongs to it: FNV-1a, the
/// lower four bytes.
fn sealed(body: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut length = body.len();
    while length > 127 {
        bytes.push(length as u8 | 128);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(body);
    let mut digest = Digest::new();
    digest.add(&bytes);
    bytes.extend((digest.value() as u32).to_le_bytes());
    format!("~1.{}", URL_SAFE_NO_PAD.encode(bytes))
}

// --- what holds of each -----------------------------------------------------

/// Unseen characters that change what stands beside them, written down here
/// once more so that a gap in the program's list is seen.
const UNSEEN: [std::ops::RangeInclusive<u32>; 10] = [
    0x00..=0x1f,
    0x7f..=0x9f,
    0xad..=0xad,
    0x61c..=0x61c,
    0x200b..=0x200f,
    0x2028..=0x202e,
    0x2060..=0x2069,
    0xfeff..=0xfeff,
    0xfff9..=0xfffb,
    0xe_0001..=0xe_007f,
];

fn assert_is_plain(text: &str, of: &str) {
    let unseen = |c: char| UNSEEN.iter().any(|range| range.contains(&u32::from(c)));
    assert!(!text.contains(unseen), "{text:?} of {of:?}");
}

fn assert_are_bounded(notices: &[Notice], of: &str) {
    assert!(notices.len() <= MOST_NOTICES + 1, "{of:?}");
    for notice in notices {
        let text = notice.to_string();
        assert_is_plain(&text, of);
        assert!(!text.contains('<'), "{text} of {of:?}");
        assert!(
            notice.part.chars().count() <= 41 && text.len() < 600,
            "{text}"
        );
    }
}

/// The scenario of a code, where it has one; its reading costs little.
fn read(text: &str) -> Option<Scenario> {
    let mut read = None;
    // Others work on this machine: what is slow once may be their doing.
    let slow = |_: &u32| {
        let start = Instant::now();
        let counted = allocation_counter::measure(|| read = Some(code::read(text)));
        assert!(
            counted.bytes_max < MOST_BYTES,
            "{} bytes: {text:?}",
            counted.bytes_max
        );
        assert!(
            counted.count_total < MOST_ALLOCATIONS,
            "{}: {text:?}",
            counted.count_total
        );
        start.elapsed() > LONGEST_READING
    };
    assert!((0..3).take_while(slow).count() < 3, "too slow: {text:?}");
    match read.expect("it was read at least once") {
        Err(notice) => {
            assert_are_bounded(&[notice], text);
            None
        }
        Ok(parsed) => {
            assert_are_bounded(&parsed.notices, text);
            Some(parsed.scenario)
        }
    }
}

fn assert_is_bounded(scenario: &Scenario, of: &str) {
    assert!(scenario.faults.len() <= Scenario::MOST_FAULTS, "{of:?}");
    assert!(
        scenario.name.chars().count() <= Scenario::NAME_LENGTH,
        "{of:?}"
    );
    assert_is_plain(&scenario.name, of);
    for (place, parameter) in scenario.design.parameters().iter().enumerate() {
        let range = parameter.min..=parameter.max;
        assert!(
            scenario.list_at(place).iter().all(|it| range.contains(it)),
            "{of:?}"
        );
        assert!(
            range.contains(&scenario.value(place)) || !scenario.list_at(place).is_empty(),
            "{of:?}"
        );
    }
}

/// Both forms of it lead back to it.
fn assert_is_canonical(scenario: &Scenario, of: &str) {
    let written = code::write(scenario);
    assert!(written.len() <= LONGEST && written.is_ascii(), "{of:?}");
    let packed = code::pack(scenario, &link::Promise::default());
    assert!(packed.len() <= LONGEST, "{of:?}");
    for form in [&written, &packed, &link::fragment(scenario)] {
        let parsed = code::read(form).unwrap_or_else(|what| panic!("{form}: {what}: {of:?}"));
        assert_eq!(parsed.notices, [], "{form} of {of:?}");
        assert_eq!(code::write(&parsed.scenario), written, "{form} of {of:?}");
    }
}

#[test]
fn a_hundred_thousand_hostile_codes_do_no_harm() {
    let mut maker = Maker::new();
    let (mut readable, mut packed) = (0, 0);
    for _ in 0..CODES {
        let text = maker.next();
        if let Some(sides) = link::read_pair(&text) {
            for side in sides.into_iter().flatten() {
                assert_are_bounded(&side.notices, &text);
                assert_is_bounded(&side.scenario, &text);
            }
        }
        let Some(scenario) = read(&text) else {
            continue;
        };
        readable += 1;
        packed += u32::from(text.starts_with('~'));
        assert_is_bounded(&scenario, &text);
        assert_is_canonical(&scenario, &text);
    }
    // They are not so bad that nothing is left of any of them.
    assert!(
        readable > CODES / 4 && packed > CODES / 30,
        "{readable} {packed}"
    );
}

// --- the whole way ----------------------------------------------------------

/// The tags of a picture, with their attributes.
fn tags(svg: &str) -> Vec<&str> {
    let starts = svg.split('<').skip(1);
    starts
        .map(|tag| tag.split('>').next().unwrap_or(tag))
        .collect()
}

fn picture(run: &Run) -> String {
    let viewport = Viewport::whole(run, 1_040.0, Orientation::Horizontal);
    let title = format!("{}: {}", run.scenario.name, code::write(&run.scenario));
    draw::svg::file(&swimlane::draw(run, &viewport).picture, &title)
}

#[test]
fn hostile_codes_run_within_bounds_and_leave_no_markup() {
    let mut maker = Maker::new();
    let limits = Limits::default();
    let mut readable = 0;
    for _ in 0..CODES / 4 {
        let text = maker.next();
        let Ok(parsed) = code::read(&text) else {
            continue;
        };
        readable += 1;
        if readable % WHOLE_WAY != 0 {
            continue;
        }
        let run = Run::of(parsed.scenario);
        assert!(
            run.trace.events <= limits.events && run.trace.end <= limits.time,
            "{text:?}"
        );
        let plain = picture(&run);
        let name = NAMES[(readable / WHOLE_WAY) as usize % NAMES.len()];
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let named = format!("{}?name={encoded}", run.scenario.design.key());
        let mut run = run;
        run.scenario.name = read(&named).expect("a design").name;
        let svg = picture(&run);
        assert_is_plain(&svg.replace('\n', ""), &named);
        assert_eq!(tags(&svg), tags(&plain), "{named:?}");
        assert!(
            !svg.contains("<script") && !svg.contains("<img"),
            "{named:?}"
        );
        for sentence in run.scenario.design.story(&run) {
            assert!(!sentence.text.contains('<'), "{}", sentence.text);
        }
    }
    assert!(readable > WHOLE_WAY * 10, "{readable}");
}
