//! The pages for operators and for trying a flow, in a browser.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hospes_artifacts::{COUNTER, HELLO, TRAP};
use serde_json::{Value, json};

use super::server::{Server, TOKEN, solution};
use super::sessions::onboarding;
use crate::dir::Dir;
use crate::flow::example;
use crate::mock::Mock;

/// A headless Chromium, driven over WebDriver.
struct Browser {
    driver: Child,
    session: String,
}

impl Browser {
    fn start() -> Browser {
        let mut command = Command::new("chromedriver");
        let mut driver = command
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .map(|line| line.unwrap())
            .find_map(|line| {
                Some(
                    line.split_once("started successfully on port ")?
                        .1
                        .trim_end_matches('.')
                        .to_owned(),
                )
            })
            .unwrap();
        let mut browser = Browser {
            driver,
            session: format!("http://127.0.0.1:{port}/session"),
        };
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1100,1400",
        ];
        let options = json!({
            "goog:chromeOptions": {"args": args},
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let made = browser.send("", &json!({"capabilities": {"alwaysMatch": options}}));
        browser.session.push('/');
        browser
            .session
            .push_str(made["sessionId"].as_str().unwrap());
        browser
    }

    /// Sends a command and gives its value back.
    fn send(&self, command: &str, body: &Value) -> Value {
        let url = format!("{}{command}", self.session);
        let mut answer = ureq::post(url)
            .config()
            .http_status_as_error(false)
            .build()
            .header("Content-Type", "application/json")
            .send(body.to_string())
            .unwrap();
        let answer = answer.body_mut().read_to_string().unwrap();
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            answer["value"].get("error"),
            None,
            "{command} {body}: {answer:#}"
        );
        answer["value"].take()
    }

    /// What a script returns.
    fn run(&self, script: &str) -> Value {
        self.send("/execute/sync", &json!({"script": script, "args": []}))
    }

    fn element(&self, css: &str) -> String {
        let found = self.send("/element", &json!({"using": "css selector", "value": css}));
        found
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn click(&self, css: &str) {
        self.send(&format!("/element/{}/click", self.element(css)), &json!({}));
    }

    fn keys(&self, css: &str, text: &str) {
        self.send(
            &format!("/element/{}/value", self.element(css)),
            &json!({"text": text}),
        );
    }

    /// Waits until the text of an element holds this.
    #[track_caller]
    fn reads(&self, css: &str, text: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let script = format!("return document.querySelector({css:?})?.innerText ?? ''");
            let found = self.run(&script);
            if found.as_str().unwrap().contains(text) {
                return;
            }
            assert!(Instant::now() < end, "{css} reads {found}, not {text}");
        }
    }

    /// Waits until this is what the flow says last, and can be answered.
    #[track_caller]
    fn asks(&self, text: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        let script = "const said = [...document.querySelectorAll('#talk .said')].pop();
            return document.getElementById('answer').disabled || !said ? '' : said.innerText";
        loop {
            let found = self.run(script);
            if found == text {
                return;
            }
            assert!(Instant::now() < end, "it asks {found}, not {text}");
        }
    }

    /// Nothing was kept from the page by its own policy.
    #[track_caller]
    fn kept_nothing_out(&self) {
        let log = self.send("/se/log", &json!({"type": "browser"}));
        let refused = |line: &&Value| {
            line["message"]
                .as_str()
                .unwrap()
                .contains("Content Security Policy")
        };
        assert_eq!(log.as_array().unwrap().iter().find(refused), None);
    }

    /// Takes a picture of the page.
    fn picture(&self, name: &str) {
        let url = format!("{}/screenshot", self.session);
        let answer = ureq::get(url)
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut decode = Command::new("base64")
            .arg("-d")
            .stdin(Stdio::piped())
            .stdout(std::fs::File::create(script).unwrap())
            .spawn()
            .unwrap();
        let text = answer["value"].as_str().unwrap();
        std::io::Write::write_all(&mut decode.stdin.take().unwrap(), text.as_bytes()).unwrap();
        assert!(decode.wait().unwrap().success());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        _ = ureq::delete(&self.session).call();
        _ = self.driver.kill();
        _ = self.driver.wait();
    }
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn an_operator_sees_the_nodes_swaps_one_and_takes_it_back() {
    let protection = "protection = { faults = 1, rest = \"60m\" }";
    let dir = solution(&[("greeter", HELLO, ""), ("trouble", TRAP, protection)]);
    let server = Server::start(&dir, &[]);
    server
        .execute("greeter", &json!({"name": "Ada"}))
        .status(200);
    server.execute("trouble", &json!({})).status(502);
    let browser = Browser::start();
    browser.send(
        "/url",
        &json!({"url": format!("http://{}/", server.address())}),
    );
    browser.reads("#state", "2 nodes serve; type the token");
    let greeter = "section:first-of-type";
    browser.reads(&format!("{greeter} [data-name]"), "greeter");
    browser.reads(&format!("{greeter} [data-succeeded]"), "1");
    browser.reads("section:last-of-type [data-failures] tbody", "trap");

    browser.keys("#token", "a wrong token, to begin with");
    browser.reads("#state", "the server does not know this token");
    browser.run("document.querySelector('#token').value = ''");
    browser.keys("#token", TOKEN);
    browser.reads(&format!("{greeter} [data-history] tbody"), "serving");
    assert_eq!(browser.run("return sessionStorage.getItem('token')"), TOKEN);
    assert_eq!(browser.run("return localStorage.length"), 0);

    browser.keys(&format!("{greeter} input[type=file]"), COUNTER);
    browser.keys(&format!("{greeter} input[name=why]"), "counts <b>calls</b>");
    browser.click(&format!("{greeter} input[name=approve]"));
    browser.click(&format!("{greeter} [data-upload] button"));
    browser.reads(&format!("{greeter} [data-said]"), "Generation 3 serves.");
    browser.reads(
        &format!("{greeter} [data-history] tbody"),
        "counts <b>calls</b>",
    );
    browser.picture("page-light.png");
    browser.click(&format!("{greeter} button[data-to='1']"));
    browser.reads(&format!("{greeter} [data-said]"), "Generation 4 serves.");
    browser.reads(&format!("{greeter} [data-generation]"), "4");
    browser.keys(&format!("{greeter} input[type=file]"), COUNTER);
    browser.keys(&format!("{greeter} [name=rollout]"), "as a canary");
    browser.keys(&format!("{greeter} [name=percent]"), "\u{e017}\u{e017}25");
    browser.click(&format!("{greeter} [data-upload] button"));
    browser.reads(
        &format!("{greeter} [data-said]"),
        "Generation 5 serves as a canary.",
    );
    browser.reads(
        &format!("{greeter} [data-trial]"),
        "Canary of 25 percent: generation 5, 0 executions, 0 broke",
    );
    browser.picture("page-trial.png");
    browser.click(&format!("{greeter} [data-promote]"));
    browser.reads(&format!("{greeter} [data-said]"), "Generation 5 serves.");
    browser.reads(&format!("{greeter} [data-generation]"), "5");
    browser.reads(
        "section:last-of-type [data-quarantined]",
        "It keeps breaking",
    );
    let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
    let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": dark});
    browser.send("/goog/cdp/execute", &command);
    browser.picture("page-dark.png");

    browser.kept_nothing_out();
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_person_talks_through_a_flow_with_the_keyboard() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let server = onboarding(&dir, &mock, &[]);
    let browser = Browser::start();
    let url = format!("http://{}/chat", server.address());
    browser.send("/url", &json!({ "url": url }));
    browser.reads("#flow", "onboarding");
    // Enter starts it, and from there on the focus is where one types.
    browser.keys("#inputs input", "web-<b>7</b>\u{e007}");
    for (asked, typed) in [
        ("What is your first name?", "Ada"),
        ("And your last name, Ada?", "Example"),
        ("Your e-mail address?", "ada"),
        ("Your e-mail address?", "ada@example.com"),
        ("When were you born?", "10 December 1990"),
        ("Which city do you live in?", "London"),
    ] {
        browser.asks(asked);
        let focus = browser.run("return document.activeElement.id");
        assert_eq!(focus, "answer");
        browser.keys("#answer", &format!("{typed}\u{e007}"));
        browser.reads("#talk", typed);
    }
    browser.asks("And what does your computer or phone run?");
    browser.reads("#talk .why", "`ada`");
    browser.reads("#choices", "Linux");
    browser.picture("chat-light.png");
    browser.click("#choices button:nth-of-type(3)");
    browser.reads("#talk .end", "End: signed up");
    browser.reads("#talk", "braze-track: success");
    browser.reads("#talk", "send \u{2192} thanks (success)");
    let received = mock.line();
    let user = &received["body"]["attributes"][0];
    assert_eq!(user["external_id"], "web-<b>7</b>");
    assert_eq!(user["email"], "ada@example.com");
    assert_eq!(user["operating_system"], "Linux");
    assert_eq!(
        browser.run("return document.querySelectorAll('b').length"),
        0
    );
    let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
    let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": dark});
    browser.send("/goog/cdp/execute", &command);
    browser.picture("chat-dark.png");
    // The end is still there when the page is loaded again.
    browser.send("/refresh", &json!({}));
    browser.reads("#talk .end", "End: signed up");
    browser.kept_nothing_out();
}

#[test]
fn the_page_lets_nothing_in_but_itself() {
    let dir = solution(&[("greeter", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    for path in ["/", "/chat"] {
        let answer = server.get(path).status(200);
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; connect-src 'self'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"));
    }
}
