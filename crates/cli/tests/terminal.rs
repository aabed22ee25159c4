//! The terminal as a person or a script meets it: what is printed where, and
//! the exit status.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const OUTCOME_1D: &str = "redlock?fence=check&token_source=bound&work_b=4.5s";

fn fencepost(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fencepost"))
        .args(words)
        .output()
        .expect("the binary was built for this test")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("it prints text")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("it prints text")
}

fn json(words: &[&str]) -> Value {
    let output = fencepost(words);
    assert_eq!((status(&output), stderr(&output)), (0, ""));
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

/// A file that no other test writes.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn fails(words: &[&str], part: &str) {
    let output = fencepost(words);
    assert_eq!(status(&output), 2, "{words:?}: {}", stderr(&output));
    assert_eq!(stdout(&output), "", "{words:?}");
    assert!(
        stderr(&output).contains(part),
        "{words:?}: {}",
        stderr(&output)
    );
}

#[test]
fn a_run_prints_verdict_and_story() {
    let output = fencepost(&["run", OUTCOME_1D]);
    assert_eq!((status(&output), stderr(&output)), (0, ""));
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert_eq!(lines[0], OUTCOME_1D);
    for begins in [
        "broken          C1 one holder        A and B, ",
        "holds           C2 writes in order",
        "broken          C4 once per job      written twice: A, then B",
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(begins)),
            "{begins:?} is not in\n{}",
            stdout(&output)
        );
    }
    assert!(
        lines.contains(&"    8.904 s  A runs again. Nothing has told it how long it was away.")
    );
    assert!(lines.iter().any(|line| line.starts_with("! ")));
}

#[test]
fn a_run_as_json_has_all_of_it() {
    let run = json(&["run", "--json", OUTCOME_1D]);
    assert_eq!(run["code"], OUTCOME_1D);
    assert_eq!(run["revision"], 1);
    assert_eq!(run["parameters"]["work_b"]["text"], "4.5s");
    assert_eq!(run["parameters"]["work_b"]["value"], 4_500_000);
    assert_eq!(run["parameters"]["ttl"]["default"], true);

    let events = run["events"].as_array().expect("a list");
    let writes: Vec<&Value> = events
        .iter()
        .filter(|event| event["kind"] == "res.write")
        .collect();
    let fields = |write: &Value| write["fields"].clone();
    assert_eq!(writes.len(), 2);
    assert_eq!(
        fields(writes[0]),
        serde_json::json!({"token": 33, "holder": "a/1", "job": 1, "decision": "accepted"})
    );
    assert_eq!(writes[1]["lane"], "store");
    assert_eq!(writes[1]["fields"]["token"], 34);
    let cause = writes[0]["cause"].as_u64().expect("a write has a cause");
    let cause = &events[usize::try_from(cause).expect("an index")];
    assert_eq!(cause["kind"], "msg.recv");
    assert_eq!(cause["fields"]["message"], "write");

    let beliefs = run["beliefs"].as_array().expect("a list");
    assert_eq!(beliefs[0]["holder"], "a/1");
    assert_eq!(run["grants"][0]["token"], 33);

    let verdict = run["verdict"].as_array().expect("a list");
    let once = verdict
        .iter()
        .find(|finding| finding["law"] == "C4")
        .expect("C4 is judged");
    assert_eq!(once["outcome"], "broken");
    let evidence = &once["evidence"][0];
    let shown: Vec<&Value> = evidence["records"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|record| &events[usize::try_from(record.as_u64().expect("a number")).expect("small")])
        .collect();
    assert_eq!(shown, writes);
    assert_eq!(evidence["from_us"], writes[1]["t_us"]);

    let digest = run["digest"].as_str().expect("text");
    assert!(digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn a_file_runs_as_its_code_does() {
    let path = file("scenario.json");
    std::fs::write(
        &path,
        r#"{"design": "redlock", "parameters": {"work_b": "4.5s", "fence": "check", "token_source": "bound"}}"#,
    )
    .expect("the test's folder can be written");
    let path = path.to_str().expect("plain");
    assert_eq!(
        json(&["run", "--json", "--file", path]),
        json(&["run", "--json", OUTCOME_1D])
    );

    let broken = file("broken.json");
    std::fs::write(&broken, "{\"design\": \"redlock\",\n\"ttl\": 5}").expect("as above");
    let broken = broken.to_str().expect("plain");
    fails(&["run", "--file", broken], "broken.json");
    fails(&["run", "--file", broken], "ttl");
    fails(&["run", "--file", "no/such/file.json"], "no/such/file.json");
}

#[test]
fn a_picture_goes_to_a_file_or_to_the_output() {
    let path = file("picture.svg");
    let name = path.to_str().expect("plain");
    let output = fencepost(&["draw", OUTCOME_1D, "-o", name]);
    assert_eq!(
        (status(&output), stdout(&output), stderr(&output)),
        (0, "", "")
    );
    let svg = std::fs::read_to_string(&path).expect("it was written");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains(r#" width="1040""#));

    let printed = fencepost(&["draw", OUTCOME_1D]);
    assert_eq!(stdout(&printed), svg);
    let narrow = fencepost(&["draw", "--width", "400", "--vertical", OUTCOME_1D]);
    assert!(stdout(&narrow).contains(r#" width="400""#));

    fails(
        &["draw", OUTCOME_1D, "-o", "no/such/folder.svg"],
        "no/such/folder.svg",
    );
    fails(&["draw", OUTCOME_1D, "--width", "wide"], "wide");
    fails(&["draw", OUTCOME_1D, "--width", "7"], "--width: 7");
}

#[test]
fn bad_input_names_the_part_at_fault() {
    fails(&["run"], "a scenario is missing");
    fails(&["run", "paxos"], "paxos: is no design; there is redlock");
    fails(
        &["run", "redlock?ttl=99s"],
        "ttl: 99s is outside 500ms to 60s",
    );
    fails(
        &["run", "redlock?tll=9s"],
        "tll: redlock has no such parameter",
    );
    fails(
        &["run", "redlock?ttl=soon"],
        "ttl: “soon” is not a length of time",
    );
    fails(
        &["run", "redlock?fault=crash,zz,-,@1s"],
        "crash,zz,-,@1s: zz is no lane",
    );
    fails(&["run", "redlock", "redlock"], "redlock");
    fails(&["run", "redlock", "--jsn"], "--jsn");
    fails(&["walk"], "walk is no command");
    fails(&["claims", "--design", "paxos"], "paxos");
    fails(&["claims", "--seeds", "0"], "--seeds");
    fails(&["claims", "--seeds", "many"], "many");
    fails(&["keys", "paxos"], "paxos");
    fails(&["list", "all"], "all");
}

#[test]
fn a_lenient_run_says_what_it_leaves_out() {
    let output = fencepost(&["run", "--lenient", "redlock?ttl=99s&tll=1s"]);
    assert_eq!(status(&output), 0);
    assert!(stdout(&output).starts_with("redlock?ttl=60s\n"));
    assert!(stderr(&output).contains("ttl: 99s is outside"));
    assert!(stderr(&output).contains("tll: redlock has no such parameter"));
    // There is nothing to be had of a code without a design.
    fails(&["run", "--lenient", "paxos"], "paxos");
}

#[test]
fn claims_are_checked_and_told() {
    let claims = json(&["claims", "--json", "--seeds", "3"]);
    let claims = claims.as_array().expect("a list");
    assert!(claims.len() >= 17);
    let first = &claims[0];
    assert_eq!(first["id"], "1a");
    assert_eq!(first["design"], "redlock");
    assert_eq!(first["code"], "redlock");
    assert_eq!(first["seeds"], 3);
    assert_eq!(first["distinct_traces"], 3);
    assert_eq!(first["holds"], true);
    assert_eq!(first["foil"][0], "redlock?pause=3s");
    assert_eq!(first["foil_fails"], true);
    assert!(
        first["sentence"]
            .as_str()
            .is_some_and(|text| text.len() > 20)
    );
}

#[test]
fn lists_name_designs_scenarios_and_keys() {
    let list = fencepost(&["list"]);
    assert_eq!(status(&list), 0);
    assert!(stdout(&list).starts_with("redlock  Redlock\n"));
    assert!(stdout(&list).contains(OUTCOME_1D));

    let keys = fencepost(&["keys", "redlock"]);
    assert_eq!(status(&keys), 0);
    for key in ["ttl", "server_timeout", "horizon", "fault", "seed", "name"] {
        let begins = format!("  {key} ");
        assert!(
            stdout(&keys).lines().any(|line| line.starts_with(&begins)),
            "{key}"
        );
    }
    // Without a design it tells of them all, one after the other.
    assert!(stdout(&fencepost(&["keys"])).starts_with(stdout(&keys)));
    assert!(stdout(&fencepost(&["help"])).contains("fencepost run CODE"));
    assert_eq!(stdout(&fencepost(&["help"])), stdout(&fencepost(&[])));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fencepost"))
        .args(["run", "--json", "redlock"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built for this test");
    // More is printed than a pipe holds, so writing meets the closed end.
    drop(child.stdout.take());
    let status = child.wait().expect("it ends");
    let mut said = String::new();
    child
        .stderr
        .take()
        .expect("piped above")
        .read_to_string(&mut said)
        .expect("it prints text");
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}

#[test]
fn a_link_whose_outcome_differs_says_so_and_still_runs() {
    let output = fencepost(&["run", "redlock?ttl=12s&rev=1&expect=c1-.0000"]);
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("one holder: broken then, held now"), "{said}");
}

#[test]
fn a_comparison_shows_both_verdicts_and_where_the_runs_part() {
    let output = fencepost(&["compare", "redlock~~redlock?ttl=12s"]);
    assert_eq!((status(&output), stderr(&output)), (0, ""));
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert_eq!(lines[0], "redlock~~redlock?ttl=12s");
    assert!(lines.contains(&"! C1 one holder        broken          holds"));
    assert!(lines.iter().any(|line| line.starts_with("  C")));
    let parts = lines
        .iter()
        .position(|line| line.starts_with("The traces part at record "));
    let parts = parts.expect("they differ");
    assert!(lines[parts + 1].starts_with("1  ") && lines[parts + 2].starts_with("2  "));
    assert_ne!(lines[parts + 1][3..], lines[parts + 2][3..]);

    let same = fencepost(&["compare", "redlock~~redlock"]);
    assert!(stdout(&same).ends_with("The traces are the same.\n"));
    assert!(!stdout(&same).contains('!'));
    // Designs that have nothing in common can be put side by side too.
    assert_eq!(status(&fencepost(&["compare", "redlock~~payments"])), 0);

    fails(&["compare", "redlock"], "two codes with ~~ between them");
    fails(&["compare"], "two codes");
    fails(&["compare", "redlock~~paxos"], "second code: paxos: is no");
    fails(&["compare", "redlock?tll=1s~~redlock"], "first code: tll");
    fails(&["compare", "redlock~~redlock~~redlock"], "of two");
}

#[test]
fn a_long_code_is_shown_packed_too_and_both_run_alike() {
    let code = format!(
        "redlock?ttl=6s{}",
        "&fault=cut,a-redis4,5s,@4s,drop".repeat(16)
    );
    let output = fencepost(&["run", &code]);
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert_eq!(lines[0], code);
    let packed = lines[1].strip_prefix("as a link has it: ").expect("long");
    assert!(packed.starts_with("~1."));
    assert_eq!(stdout(&fencepost(&["run", packed])), stdout(&output));
    fails(&["run", &packed[..packed.len() - 7]], "cut off here");
}

#[test]
fn a_picture_of_pixels_is_the_same_each_time() {
    let pictures = ["first.png", "second.png"].map(|name| {
        let path = file(name);
        let output = fencepost(&["png", OUTCOME_1D, "-o", path.to_str().expect("plain")]);
        assert_eq!((status(&output), stderr(&output)), (0, ""));
        std::fs::read(path).expect("it was written")
    });
    assert_eq!(&pictures[0][..8], b"\x89PNG\r\n\x1a\n");
    assert!(pictures[0] == pictures[1]);
    // Two pixels for each of the picture's.
    assert_eq!(pictures[0][16..20], 2_080_u32.to_be_bytes());
    let card = file("card.png");
    let output = fencepost(&[
        "png",
        "redlock",
        "--card",
        "-o",
        card.to_str().expect("plain"),
    ]);
    assert_eq!((status(&output), stderr(&output)), (0, ""));
    let card = std::fs::read(card).expect("it was written");
    assert_eq!(card[16..20], 1_200_u32.to_be_bytes());
    fails(&["png", "redlock"], "-o FILE.png");
    fails(&["draw", "redlock", "--card"], "--card");
    fails(
        &["png", "redlock", "-o", "/nowhere/at/all.png"],
        "/nowhere/at/all.png",
    );
}

/// A folder such as trunk writes, with a program that does nothing.
fn built_site(name: &str) -> PathBuf {
    let folder = file(name);
    std::fs::create_dir_all(&folder).expect("a folder for tests");
    let page = "<!doctype html><html><head><meta charset=\"utf-8\">\
        <link rel=\"icon\" href=\"./icon-0123456789abcdef.svg\">\
        <link rel=\"stylesheet\" href=\"./ink-0123456789abcdef.css\">\
        <meta name=\"program\" content=\"./app-0123456789abcdef.js\" \
        data-wasm=\"./app-0123456789abcdef_bg.wasm\"></head><body></body></html>";
    for (name, text) in [
        ("index.html", page),
        ("icon-0123456789abcdef.svg", "<svg/>"),
        ("ink-0123456789abcdef.css", "a{}"),
        ("app-0123456789abcdef.js", "const text = \"</script>\";"),
        ("app-0123456789abcdef_bg.wasm", "wasm"),
    ] {
        std::fs::write(folder.join(name), text).expect("it can be written");
    }
    folder
}

#[test]
fn one_file_holds_the_program_and_the_scenario() {
    let (dist, page) = (built_site("program"), file("page.html"));
    let dist = dist.to_str().expect("plain");
    let name = "redlock?name=%3C/script%3E%3Cb%3E";
    let output = fencepost(&[
        "page",
        name,
        "--dist",
        dist,
        "-o",
        page.to_str().expect("plain"),
    ]);
    assert_eq!((status(&output), stderr(&output)), (0, ""));
    let page = std::fs::read_to_string(page).expect("it was written");
    // The program's text and the name end no element before its time.
    assert_eq!(page.matches("</script>").count(), 2, "{page}");
    assert!(page.contains("<h1>&lt;/script&gt;&lt;b&gt;</h1>"), "{page}");
    assert!(page.contains("d2FzbQ=="), "the WebAssembly is in it");
    assert!(
        page.contains("<main class=\"sheet\">"),
        "the scenario is in it"
    );
    fails(
        &["page", "redlock", "-o", "x.html", "--dist", "/nowhere"],
        "/nowhere",
    );
    fails(&["page", "redlock"], "-o FILE.html");
}

#[test]
fn pages_are_written_only_beside_a_program() {
    fails(&["site"], "--out");
    fails(&["site", "--out", "/nowhere"], "/nowhere");
    fails(&["site", "--out", ".", "--base", "example.org"], "--base");
}
