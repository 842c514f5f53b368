//! A whole cloud in one test process: in memory, on a clock that stands still until it is moved.
//!
//! [`Client::call`] goes through the gateway's pipeline as a signed-in caller: validation,
//! authorization, the operation, the audit record. [`Cloud::send`] takes a raw HTTP request, so
//! that signatures and wire formats are in play too; [`Client::sign`] signs one.

pub mod linearizability;

use bytes::Bytes;
use gateway::{Catalog, Gateway, Inbound};
use http::{Request, Response};
use serde_json::{Value, json};
use service_kit::{
    access::Scope,
    call::Call,
    clock::Clock,
    context::{Caller, Context},
    entropy::Entropy,
    identity::{self, Session},
    platform::{Platform, Settings, Throttling},
    service::Service,
};
use shape::{Failure, Timestamp};
use std::sync::Arc;
use store::{MemoryEngine, Store};

/// The region of everything, unless a test says otherwise.
pub const REGION: &str = "us-east-1";
/// The account of the administrator.
pub const ACCOUNT: &str = "000000000000";
/// When a test cloud's clock starts: 2026-11-23T15:00:00Z.
pub const START: Timestamp = Timestamp::from_secs(1_795_446_000);

const KEY_ID: &str = "AKIAQAAAAAAAAAADMIN1";
const SECRET: &str = "testkit-administrator-secret-key-0000000";

/// A running instance. Dropping it ends it.
pub struct Cloud {
    gateway: Arc<Gateway>,
    _bus: bus::Bus,
    _data: tempfile::TempDir,
}

impl Cloud {
    /// Starts an instance of `services` on a frozen clock, from a fixed seed.
    pub async fn start(services: &[&'static Service]) -> Self {
        Self::with_clock(services, Clock::frozen(START)).await
    }

    /// Starts an instance on the given clock.
    pub async fn with_clock(services: &[&'static Service], clock: Clock) -> Self {
        Self::with(services, clock, Throttling::default(), false).await
    }

    /// Starts an instance that throttles so.
    pub async fn with_throttling(services: &[&'static Service], throttling: Throttling) -> Self {
        Self::with(services, Clock::frozen(START), throttling, false).await
    }

    /// Starts an instance that lets identity providers be on this machine.
    pub async fn with_private_issuers(services: &[&'static Service]) -> Self {
        Self::with(services, Clock::frozen(START), Throttling::default(), true).await
    }

    async fn with(
        services: &[&'static Service],
        clock: Clock,
        throttling: Throttling,
        private_issuers: bool,
    ) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(Arc::new(MemoryEngine::new())).expect("a store in memory");
        let settings = Settings {
            data: data.path().into(),
            port: 4566,
            account: ACCOUNT.into(),
            region: REGION.into(),
            throttling,
            private_issuers,
            secrets: Vec::new(),
        };
        let platform = Platform::new(store, clock, Entropy::seeded(42), &[7; 32], settings);
        identity::keep_administrator(&platform, KEY_ID, SECRET).await.expect("an administrator");
        let catalog = Catalog::new(services.to_vec()).expect("services that can be told apart");
        let bus = bus::Bus::start(&platform, services);
        Self { gateway: Gateway::start(platform, catalog), _bus: bus, _data: data }
    }

    /// What all requests of the instance share.
    pub fn platform(&self) -> &Platform {
        self.gateway.platform()
    }

    /// The clock, for moving it.
    pub fn clock(&self) -> &Clock {
        self.platform().clock()
    }

    /// The administrator in the default region.
    pub fn admin(&self) -> Client<'_> {
        self.client(KEY_ID, SECRET, None)
    }

    /// Whoever signs with these keys, in the default region.
    pub fn client(&self, key_id: &str, secret: &str, token: Option<&str>) -> Client<'_> {
        Client {
            cloud: self,
            region: REGION.into(),
            key_id: key_id.into(),
            secret: secret.into(),
            token: token.map(str::to_owned),
        }
    }

    /// Whoever holds this session.
    pub fn session(&self, session: &Session) -> Client<'_> {
        let token = session.token(self.platform()).expect("a token");
        self.client(&session.access_key_id, &session.secret_access_key, Some(&token))
    }

    /// A new user of the administrator's account who may do what `statements`, if any, say.
    ///
    /// # Panics
    /// Without IAM among the services.
    pub async fn user(&self, name: &str, statements: impl Into<Option<Value>>) -> Client<'_> {
        self.user_of(ACCOUNT, name, statements).await
    }

    /// As [`Cloud::user`], in another account.
    ///
    /// # Panics
    /// Without IAM among the services.
    pub async fn user_of(
        &self,
        account: &str,
        name: &str,
        statements: impl Into<Option<Value>>,
    ) -> Client<'_> {
        let root = Caller::new(policy::Principal::Root { account: account.into() });
        let ask = async |operation, input| {
            let (scope, caller) = (Scope::new(account, REGION), root.clone());
            let call = Call { service: "iam", operation, input, scope, caller, trace: None };
            let pipeline = self.platform().pipeline().expect("a started gateway");
            pipeline.call(call).await.unwrap_or_else(|failure| {
                panic!("{operation}: {} {}", failure.code, failure.message)
            })
        };
        ask("CreateUser", json!({"UserName": name})).await;
        if let Some(statements) = statements.into() {
            let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
            let put = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": policy});
            ask("PutUserPolicy", put).await;
        }
        let key = ask("CreateAccessKey", json!({"UserName": name})).await;
        let text = |member: &str| key["AccessKey"][member].as_str().expect(member);
        self.client(text("AccessKeyId"), text("SecretAccessKey"), None)
    }

    /// Sends a raw request, as if it had come to the port.
    pub async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let source_ip = Some([127, 0, 0, 1].into());
        self.gateway.handle(Inbound { parts, body, source_ip, secure: false }).await
    }

    /// A context in which a service's own principal works, for looking behind the API.
    pub fn context(&self) -> Context {
        Context::background(self.platform().clone(), Scope::new(ACCOUNT, REGION), "test.local")
    }

    /// Waits until `condition` gives something, letting background work go on meanwhile.
    ///
    /// # Panics
    /// When that takes longer than a slow machine needs: ten seconds.
    pub async fn eventually<T>(&self, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
        for _ in 0..2_000 {
            if let Some(found) = condition().await {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("what the test waits for did not happen");
    }
}

/// A caller with keys.
pub struct Client<'a> {
    cloud: &'a Cloud,
    region: String,
    key_id: String,
    secret: String,
    token: Option<String>,
}

impl Client<'_> {
    /// The caller's account.
    ///
    /// # Panics
    /// When the keys are nobody's.
    pub fn account(&self) -> String {
        self.caller().expect("good keys").account().expect("somebody's keys").to_owned()
    }

    /// The same caller in another region.
    #[must_use]
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = region.into();
        self
    }

    /// Calls `operation` of `service`; input and output in JSON form, blobs in base64.
    ///
    /// # Errors
    /// The failure that a client would get.
    pub async fn call(
        &self,
        service: &'static str,
        operation: &'static str,
        input: Value,
    ) -> Result<Value, Failure> {
        let caller = self.caller()?;
        let account = caller.account().unwrap_or(ACCOUNT).to_owned();
        let scope = Scope::new(account, self.region.as_str());
        let call = Call { service, operation, input, scope, caller, trace: None };
        let pipeline = self.cloud.platform().pipeline().expect("a started gateway");
        pipeline.call(call).await
    }

    fn caller(&self) -> Result<Caller, Failure> {
        let platform = self.cloud.platform();
        let credential =
            platform.directory().credential(platform, &self.key_id, self.token.as_deref());
        let credential = credential.map_err(|fault| {
            Failure::new("UnrecognizedClientException", 400, format!("{fault:?}"))
        })?;
        let mut caller = credential.caller.clone();
        caller.source_ip = Some([127, 0, 0, 1].into());
        caller.user_agent = "testkit".into();
        Ok(caller)
    }

    /// Signs `request` for `service`. The request must have a `host` header.
    #[must_use]
    pub fn sign(&self, service: &str, request: Request<Bytes>) -> Request<Bytes> {
        let (mut parts, body) = request.into_parts();
        let credentials = sigv4::Credentials {
            access_key_id: self.key_id.clone(),
            secret_access_key: self.secret.clone(),
            session_token: self.token.clone(),
        };
        let now = self.cloud.clock().now().as_secs();
        sigv4::sign(&mut parts, &body, &credentials, &self.region, service, now)
            .expect("a request that can be signed");
        Request::from_parts(parts, body)
    }
}
