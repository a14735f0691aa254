//! The routes in another application, over a socket.

#![allow(clippy::unwrap_used, reason = "the helpers of tests may fail a test")]

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hospes::Runtime;
use hospes_artifacts::{ENDLESS_LOOP, ENDLESS_SLEEP, HELLO};
use hospes_deploy::Deployer;
use hospes_server::{ServerObserver, ServerState, ServerStateBuilder, StateError, router};
use hospes_solution::{Grants, Overrides, SecretFrom};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

fn builder() -> ServerStateBuilder {
    builder_with(|deployer| deployer)
}

fn builder_with(set_up: impl FnOnce(Deployer) -> Deployer) -> ServerStateBuilder {
    let observer = ServerObserver::new(None);
    let runtime = Runtime::builder().observer(observer.clone());
    let deployer = Arc::new(set_up(Deployer::new(runtime.build().unwrap())));
    let grants = Grants::bare(HELLO, None, &Overrides::default()).unwrap();
    deployer.start(vec![("hello".to_owned(), grants)]).unwrap();
    ServerState::builder(deployer, observer)
}

/// An application that serves until it is dropped.
struct App {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl App {
    fn start(app: Router) -> App {
        App::start_until(app, |stop| async move { _ = stop.await })
    }

    /// Serves until this future ends; then the tokio runtime is dropped.
    fn start_until<F: Future<Output = ()>>(
        app: Router,
        until: impl FnOnce(oneshot::Receiver<()>) -> F + Send + 'static,
    ) -> App {
        let (stop, stopped) = oneshot::channel();
        let (sender, address) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let tokio = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap();
            tokio.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                tokio::spawn(async move { axum::serve(listener, app).await });
                until(stopped).await;
            });
        });
        App {
            address: address.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The status, and the text.
    fn get(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let mut request = agent().get(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.call().unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), text)
    }

    /// What came of an execution.
    fn execute(&self, mount: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        let url = format!("http://{}{mount}/v1/nodes/hello/execute", self.address);
        let mut request = agent().post(url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = json!({ "payload": { "name": "Ada" } }).to_string();
        let mut response = request.send(body).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        (response.status().as_u16(), json)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false);
    config.build().into()
}

async fn authenticate(request: Request, next: Next) -> Response {
    match request.headers().get("x-user") {
        Some(user) if user == "ada" => next.run(request).await,
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

const ADA: (&str, &str) = ("x-user", "ada");

#[test]
fn an_application_has_the_routes_beside_its_own_and_behind_its_authentication() {
    let state = builder().authenticated_in_front().metrics(false);
    let state = state.build().unwrap();
    let nodes = router(state.clone()).layer(from_fn(authenticate));
    let app = Router::new()
        .route("/", get(|| async { "ours" }))
        .nest("/nodes", nodes);
    let app = App::start(app);
    assert_eq!(app.get("/", &[]), (200, "ours".to_owned()));
    assert_eq!(app.get("/nodes/v1/nodes", &[]).0, 401);
    assert_eq!(app.execute("/nodes", &[]).0, 401);

    let (status, outcome) = app.execute("/nodes", &[ADA]);
    assert_eq!(
        (status, &outcome["route"]),
        (200, &json!("success")),
        "{outcome}"
    );
    assert_eq!(app.get("/nodes/v1/nodes/hello/history", &[ADA]).0, 200);
    let (status, page) = app.get("/nodes", &[ADA]);
    assert!(
        status == 200 && page.contains("href=\"nodes/chat\""),
        "{page}"
    );
    let (status, page) = app.get("/nodes/chat", &[ADA]);
    assert!(
        status == 200 && page.contains("href=\"../nodes\""),
        "{page}"
    );
    assert_eq!(app.get("/nodes/metrics", &[ADA]).0, 404);
    // Whatever the authentication goes by, a page of another site has it, too.
    let foreign = ("origin", "http://evil.example");
    assert_eq!(app.execute("/nodes", &[ADA, foreign]).0, 403);

    assert_eq!(app.get("/nodes/readyz", &[ADA]).0, 200);
    state.shut_down();
    assert_eq!(app.get("/nodes/readyz", &[ADA]).0, 503);
    assert_eq!(app.execute("/nodes", &[ADA]).0, 200);
}

#[test]
fn without_a_token_there_is_no_state_unless_somebody_says_why() {
    let error = builder().build().unwrap_err();
    assert!(matches!(error, StateError::NoAuthentication), "{error:?}");
    // Everybody may run nodes, and nobody may change them or look at them.
    let state = builder().open().build().unwrap();
    let app = App::start(Router::new().nest("/n", router(state)));
    assert_eq!(app.execute("/n", &[]).0, 200);
    assert_eq!(app.get("/n/v1/nodes/hello/history", &[]).0, 403);
    assert_eq!(app.get("/n/metrics", &[]).0, 401);
}

fn token_file(token: &str) -> (tempfile::TempDir, SecretFrom) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let from = SecretFrom::parse_private(&format!("file:{}", file.display())).unwrap();
    (dir, from)
}

#[test]
fn a_token_counts_as_in_a_server_of_its_own() {
    let (_dir, from) = token_file("operators-own-token");
    let state = builder().operator_token(from).build().unwrap();
    let app = App::start(Router::new().nest("/n", router(state)));
    assert_eq!(app.execute("/n", &[]).0, 401);
    let token = ("authorization", "Bearer operators-own-token");
    assert_eq!(app.execute("/n", &[token]).0, 200);
    assert_eq!(app.get("/n/v1/nodes/hello/history", &[token]).0, 200);
    assert_eq!(app.execute("/n", &[token, ("host", "evil.example")]).0, 403);

    let missing = SecretFrom::parse_private("file:/nowhere/token").unwrap();
    let error = builder().operator_token(missing).build().unwrap_err();
    assert!(matches!(error, StateError::Tokens(_)), "{error:?}");
    assert!(error.to_string().starts_with("operator_token: "), "{error}");
}

#[test]
fn an_approver_approves_what_the_operator_uploads() {
    let (_dir, approver) = token_file("approvers-own-token");
    let error = builder().open().approver_token(approver.clone()).build();
    assert!(matches!(error, Err(StateError::Approver)), "{error:?}");
    let error = builder().authenticated_in_front();
    let error = error.approver_token(approver.clone()).build();
    assert!(matches!(error, Err(StateError::Approver)), "{error:?}");

    let state = builder_with(|deployer| deployer.separate_approval(true));
    let state = state.authenticated_in_front().approver_token(approver);
    let app = App::start(Router::new().nest("/n", router(state.build().unwrap())));
    let approvals = "/n/v1/nodes/hello/approvals";
    let token = ("authorization", "Bearer approvers-own-token");
    assert_eq!(
        app.get(approvals, &[token]),
        (200, "{\"approvals\":[]}".to_owned())
    );
    assert_eq!(app.get(approvals, &[]).0, 200);
    let approve = |headers: &[(&str, &str)]| {
        let url = format!("http://{}{approvals}/none", app.address);
        let mut request = agent().post(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send_empty().unwrap().status().as_u16()
    };
    assert_eq!(approve(&[]), 403);
    assert_eq!(approve(&[token]), 404);
}

#[test]
fn the_description_and_the_errors_name_the_path_of_the_mount() {
    let state = builder().open().build().unwrap();
    let app = Router::new()
        .merge(router(state.clone()))
        .nest("/tenants/{tenant}/b", router(state));
    let app = App::start(app);
    let description = |mount: &str| -> Value {
        let (_, text) = app.get(&format!("{mount}/openapi.json"), &[]);
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(description("")["servers"], Value::Null);
    let mount = "/tenants/acme/b";
    assert_eq!(description(mount)["servers"], json!([{ "url": mount }]));
    for mount in ["", mount] {
        let (status, text) = app.get(&format!("{mount}/v1/nothing"), &[]);
        let words = format!("there is no `{mount}/v1/nothing`: see {mount}/openapi.json");
        assert!(status == 404 && text.contains(&words), "{text}");
        let (status, text) = app.get(&format!("{mount}/v1/nodes/hello/execute"), &[]);
        let words = format!("has no GET: see {mount}/openapi.json");
        assert!(status == 405 && text.contains(&words), "{text}");
    }
}

#[test]
fn the_errors_of_a_mounted_server_name_no_flags_of_the_command_line() {
    let state = builder().open().build().unwrap();
    let app = App::start(Router::new().nest("/n", router(state)));
    for (path, headers, words) in [
        ("/n/v1/nodes/hello/history", &[][..], "`operator_token`"),
        ("/n/v1/flows", &[("host", "evil.example")], "`host`"),
    ] {
        let (status, text) = app.get(path, headers);
        assert_eq!(status, 403, "{text}");
        assert!(text.contains(words) && !text.contains("--"), "{text}");
    }
}

#[test]
fn the_routes_are_mounted_twice_and_under_a_path_with_a_parameter() {
    let state = builder().open().build().unwrap();
    let app = Router::new()
        .nest("/a", router(state.clone()))
        .nest("/tenants/{tenant}/b", router(state));
    let app = App::start(app);
    for mount in ["/a", "/tenants/acme/b"] {
        let (status, outcome) = app.execute(mount, &[]);
        assert_eq!(
            (status, &outcome["node"]),
            (200, &json!("hello")),
            "{mount}: {outcome}"
        );
    }
    assert_eq!(app.get("/tenants/acme/b/v1/flows", &[]).0, 200);
}

#[test]
fn an_application_may_drop_its_tokio_runtime_while_it_serves() {
    let state = builder().open().build().unwrap();
    assert!(matches!(
        state.start_upkeep(Duration::ZERO),
        Err(StateError::NoTokioRuntime)
    ));
    let upkeep = state.clone();
    let app = App::start_until(
        Router::new().nest("/n", router(state.clone())),
        move |stop| async move {
            upkeep.start_upkeep(Duration::ZERO).unwrap();
            let again = upkeep.start_upkeep(Duration::ZERO);
            assert!(matches!(again, Err(StateError::UpkeepRuns)));
            _ = stop.await;
        },
    );
    assert_eq!(app.execute("/n", &[]).0, 200);
    drop(app);
    // The state does not depend on it.
    let app = App::start(Router::new().nest("/n", router(state)));
    assert_eq!(app.execute("/n", &[]).0, 200);
}

#[test]
fn executions_end_with_the_tokio_runtime_that_is_dropped_under_them() {
    for component in [ENDLESS_SLEEP, ENDLESS_LOOP] {
        let runtime = Runtime::builder().build().unwrap();
        let overrides = Overrides {
            limits: ["deadline", "cpu"]
                .map(|limit| (limit.to_owned(), "600s".to_owned()))
                .into(),
            ..Overrides::default()
        };
        let grants = Grants::bare(component, None, &overrides).unwrap();
        let deployer = Arc::new(Deployer::new(runtime.clone()));
        deployer
            .start(vec![("endless".to_owned(), grants)])
            .unwrap();
        let state = ServerState::builder(deployer, ServerObserver::new(None))
            .open()
            .build();
        let app = App::start(Router::new().nest("/n", router(state.unwrap())));
        let url = format!("http://{}/n/v1/nodes/endless/execute", app.address);
        let client = thread::spawn(move || {
            let request = agent().post(url).header("content-type", "application/json");
            request
                .send("{\"payload\": 1}")
                .map(|response| response.status())
        });
        let running = || runtime.node("endless").map_or(0, |node| node.running);
        while running() == 0 {
            thread::yield_now();
        }
        drop(app);
        let cut = client.join().unwrap();
        assert!(cut.is_err(), "{component}: {cut:?}");
        // The permit is back as soon as the guest's slice has ended.
        while running() > 0 {
            thread::yield_now();
        }
    }
}
