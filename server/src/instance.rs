//! One running cloud: storage, platform, gateway, background work and the port.

use crate::{
    admin::Door,
    config::Config,
    data::{Access, Folder},
    services,
};
use bus::Bus;
use client::{Apis, Remote};
use gateway::{Catalog, Gateway, Listener};
use range::Engine;
use service_kit::{
    clock::Clock,
    entropy::Entropy,
    identity,
    platform::{Platform, Settings},
};
use std::{error::Error, net::SocketAddr, path::Path, sync::Arc};
use store::Store;
use store_local::LocalEngine;

/// A cloud that serves for as long as it is not stopped.
pub struct Instance {
    /// How to reach it.
    pub access: Access,
    /// Where its data is.
    pub folder: Folder,
    platform: Platform,
    bus: Bus,
    _door: Door,
    serving: tokio::task::JoinHandle<()>,
}

impl Instance {
    /// Starts a cloud as `config` says. It answers requests when this returns.
    ///
    /// # Errors
    /// Whatever keeps it from starting, in words for the person who started it.
    pub async fn start(config: &Config) -> Result<Self, Box<dyn Error>> {
        let folder = Folder::open(&config.data)
            .map_err(|error| format!("the data folder {}: {error}", config.data.display()))?;
        let clock = Clock::system();
        let engine = LocalEngine::open(folder.path().join("store"))?;
        let store = Store::open(Arc::new(engine))?;
        let year = clock.now().date_time().get(..4).and_then(|year| year.parse().ok());
        let authority = Arc::new(folder.authority(year.unwrap_or(2026))?);
        let address = SocketAddr::new(config.bind, config.port);
        let listener = Listener::bind(address, authority)
            .await
            .map_err(|error| format!("cannot listen on {address}: {error}; try --port"))?;
        let address = listener.address()?;
        let settings = Settings {
            data: folder.path().to_owned(),
            port: address.port(),
            account: config.account.clone(),
            region: config.region.clone(),
            throttling: config.dynamodb_throttling.into(),
            private_issuers: config.private_issuers,
            secrets: config.root_key.file().map(Path::to_owned).into_iter().collect(),
        };
        let entropy = Entropy::system();
        let access = access(config, &folder, &entropy, address);
        let root_key = config.root_key.open(&folder)?;
        let platform = Platform::new(store, clock, entropy, &root_key, settings);
        platform.limit_storage(config.account_storage);
        if let Some(bytes) = config.function_memory {
            sandbox::limit_memory(bytes);
        }
        let (id, secret) = (&access.access_key_id, &access.secret_access_key);
        identity::keep_administrator(&platform, id, secret)
            .await
            .map_err(|fault| format!("the administrator cannot be stored: {fault:?}"))?;
        folder.note_access(&access)?;
        let services = services::all();
        let bus = Bus::start(&platform, &services);
        let gateway = Gateway::start(platform.clone(), Catalog::new(services.clone())?);
        let serving = tokio::spawn(listener.serve(gateway));
        let apis = Remote::new(Apis::new(services), access.connection(), &*access.account);
        let engine = Engine::new(platform.clone(), apis);
        let door = Door::open(folder.path(), engine)
            .map_err(|error| format!("cannot open the operator's socket: {error}"))?;
        Ok(Self { access, folder, platform, bus, _door: door, serving })
    }

    /// Stops serving and closes the store. Nothing acknowledged is lost without this, either.
    pub async fn stop(self) {
        self.serving.abort();
        self.bus.stop();
        self.platform.flush().await.ok();
        self.platform.store().close().await;
    }
}

/// The administrator's keys: given, as they were at the last start, or new.
fn access(config: &Config, folder: &Folder, entropy: &Entropy, address: SocketAddr) -> Access {
    let known = folder.access().ok().filter(|access| access.account == config.account);
    let known = known.map(|access| (access.access_key_id, access.secret_access_key));
    let (access_key_id, secret_access_key) = config.keys.clone().or(known).unwrap_or_else(|| {
        let id = identity::access_key_id("AKIA", &config.account, entropy);
        (id, identity::secret_access_key(entropy))
    });
    let loopback = std::net::IpAddr::from([127, 0, 0, 1]);
    let host = if address.ip().is_unspecified() { loopback } else { address.ip() };
    let reachable = SocketAddr::new(host, address.port());
    Access {
        endpoint: format!("http://{reachable}"),
        access_key_id,
        secret_access_key,
        region: config.region.clone(),
        account: config.account.clone(),
    }
}
