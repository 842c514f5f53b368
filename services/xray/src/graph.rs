//! The graph of services that traces went through, with how each of them did.

use crate::{document::Node, service_id::ServiceId, trace::Trace};
use service_kit::prelude::*;
use std::collections::{HashMap, HashSet};

/// A service in the graph.
#[derive(Debug, Shape)]
#[shape(name = "Service")]
pub struct ServiceNode {
    /// Its number in this graph.
    pub reference_id: i32,
    /// Its name.
    pub name: String,
    /// The same name, as a list.
    pub names: Vec<String>,
    /// Whether traces begin here.
    pub root: bool,
    /// The account it runs in.
    pub account_id: Option<String>,
    /// Such as `AWS::Lambda::Function`.
    pub r#type: Option<String>,
    /// Always `active`.
    pub state: String,
    /// When its first segment started.
    pub start_time: Timestamp,
    /// When its last segment ended.
    pub end_time: Timestamp,
    /// The services it calls.
    pub edges: Vec<Edge>,
    /// How it did.
    pub summary_statistics: Statistics,
    /// How long it worked.
    pub duration_histogram: Vec<HistogramEntry>,
    /// How long its callers waited.
    pub response_time_histogram: Vec<HistogramEntry>,
}

/// Calls of one service to another.
#[derive(Debug, Shape)]
pub struct Edge {
    /// The number of the service called.
    pub reference_id: i32,
    /// When the first call started.
    pub start_time: Timestamp,
    /// When the last call ended.
    pub end_time: Timestamp,
    /// How the calls did.
    pub summary_statistics: Statistics,
    /// How long they took.
    pub response_time_histogram: Vec<HistogramEntry>,
    /// Always empty.
    pub aliases: Vec<Alias>,
}

/// Another name of a service.
#[derive(Debug, Shape)]
pub struct Alias {
    /// The name.
    pub name: String,
}

/// How many calls ended how.
#[derive(Clone, Debug, Default, Shape)]
#[shape(name = "ServiceStatistics")]
pub struct Statistics {
    /// Without failure.
    pub ok_count: i64,
    /// Failed by the caller's error.
    pub error_statistics: ErrorStatistics,
    /// Failed by a fault.
    pub fault_statistics: FaultStatistics,
    /// All.
    pub total_count: i64,
    /// Seconds in all.
    pub total_response_time: f64,
}

/// Calls failed by the caller's error.
#[derive(Clone, Debug, Default, Shape)]
pub struct ErrorStatistics {
    /// Too many requests.
    pub throttle_count: i64,
    /// The others.
    pub other_count: i64,
    /// All.
    pub total_count: i64,
}

/// Calls failed by a fault.
#[derive(Clone, Debug, Default, Shape)]
pub struct FaultStatistics {
    /// Of no particular kind.
    pub other_count: i64,
    /// All.
    pub total_count: i64,
}

/// How many calls took how long.
#[derive(Clone, Debug, Shape)]
pub struct HistogramEntry {
    /// Seconds, to the millisecond.
    pub value: f64,
    /// How many.
    pub count: i32,
}

/// What calls of one kind add up to.
#[derive(Default)]
struct Sum {
    statistics: Statistics,
    start: Option<f64>,
    end: f64,
    /// Calls by milliseconds.
    times: BTreeMap<u64, i32>,
}

impl Sum {
    fn add(&mut self, node: &Node) {
        let Statistics { ok_count, error_statistics, fault_statistics, .. } = &mut self.statistics;
        if node.fault {
            fault_statistics.other_count += 1;
            fault_statistics.total_count += 1;
        } else if node.error || node.throttle {
            error_statistics.total_count += 1;
            let count = match node.throttle {
                true => &mut error_statistics.throttle_count,
                false => &mut error_statistics.other_count,
            };
            *count += 1;
        } else {
            *ok_count += 1;
        }
        self.statistics.total_count += 1;
        self.statistics.total_response_time += node.duration();
        self.start = Some(self.start.map_or(node.start, |start| start.min(node.start)));
        self.end = self.end.max(node.end.unwrap_or(node.start));
        *self.times.entry((node.duration() * 1_000.0).round() as u64).or_default() += 1;
    }

    fn start_time(&self) -> Timestamp {
        Timestamp::from_secs_f64(self.start.unwrap_or_default())
    }

    fn end_time(&self) -> Timestamp {
        Timestamp::from_secs_f64(self.end)
    }

    fn histogram(&self) -> Vec<HistogramEntry> {
        let entry = |(millis, count): (&u64, &i32)| HistogramEntry {
            value: *millis as f64 / 1e3,
            count: *count,
        };
        self.times.iter().map(entry).collect()
    }
}

/// A graph being built.
#[derive(Default)]
pub(crate) struct Graph {
    ids: Vec<ServiceId>,
    numbers: HashMap<ServiceId, usize>,
    sums: Vec<Sum>,
    roots: HashSet<usize>,
    edges: BTreeMap<(usize, usize), Sum>,
}

impl Graph {
    fn number(&mut self, id: ServiceId) -> usize {
        if let Some(number) = self.numbers.get(&id) {
            return *number;
        }
        let number = self.ids.len();
        self.ids.push(id.clone());
        self.numbers.insert(id, number);
        self.sums.push(Sum::default());
        number
    }

    fn count(&mut self, number: usize, node: &Node) {
        if let Some(sum) = self.sums.get_mut(number) {
            sum.add(node);
        }
    }

    /// Adds a trace.
    pub(crate) fn add(&mut self, trace: &Trace, at: &Scope) {
        let mut owners: HashMap<&str, usize> = HashMap::new();
        for (id, nodes) in trace.services(at) {
            let number = self.number(id);
            for node in nodes {
                self.count(number, node);
            }
        }
        for segment in trace.nodes.iter().filter(|segment| segment.namespace.is_none()) {
            let number = self.number(ServiceId::of(segment, at));
            segment.visit(&mut |node| {
                owners.entry(&node.id).or_insert(number);
            });
        }
        let parents: HashSet<_> =
            trace.nodes.iter().filter_map(|segment| segment.parent.as_deref()).collect();
        for segment in &trace.nodes {
            self.connect(segment, &owners, &parents, at);
        }
        if let Some(root) = trace.root() {
            let service = ServiceId::of(root, at);
            let (client, number) =
                (self.number(ServiceId::client_of(&service)), self.number(service));
            self.roots.extend([client]);
            self.count(client, root);
            self.edges.entry((client, number)).or_default().add(root);
        }
    }

    /// Adds the edge into a segment, and those to services that sent no segment themselves.
    fn connect(
        &mut self,
        segment: &Node,
        owners: &HashMap<&str, usize>,
        parents: &HashSet<&str>,
        at: &Scope,
    ) {
        let caller = segment.parent.as_deref().and_then(|parent| owners.get(parent)).copied();
        let own = self.number(ServiceId::of(segment, at));
        if let Some(caller) = caller.filter(|caller| *caller != own) {
            self.edges.entry((caller, own)).or_default().add(segment);
        }
        let mut calls = Vec::new();
        segment.visit(&mut |node| {
            let answered = parents.contains(node.id.as_str());
            if !std::ptr::eq(node, segment) && node.namespace.is_some() && !answered {
                calls.push(node);
            }
        });
        for call in calls {
            let known = self.numbers.get(&ServiceId::of(call, at)).copied();
            if let Some(known) = known.filter(|known| *known != own) {
                self.edges.entry((own, known)).or_default().add(call);
            }
        }
    }

    /// The services in the order they were found.
    pub(crate) fn finish(self) -> Vec<ServiceNode> {
        let Self { ids, sums, roots, edges, .. } = self;
        let number = |index: usize| i32::try_from(index).unwrap_or(i32::MAX);
        let service = |(index, (id, sum)): (usize, (ServiceId, Sum))| ServiceNode {
            reference_id: number(index),
            name: id.name,
            names: id.names,
            root: roots.contains(&index),
            account_id: id.account_id,
            r#type: id.r#type,
            state: "active".into(),
            start_time: sum.start_time(),
            end_time: sum.end_time(),
            edges: edges
                .range((index, 0)..=(index, usize::MAX))
                .map(|((_, to), sum)| edge(number(*to), sum))
                .collect(),
            duration_histogram: sum.histogram(),
            response_time_histogram: sum.histogram(),
            summary_statistics: sum.statistics,
        };
        ids.into_iter().zip(sums).enumerate().map(service).collect()
    }
}

fn edge(reference_id: i32, sum: &Sum) -> Edge {
    Edge {
        reference_id,
        start_time: sum.start_time(),
        end_time: sum.end_time(),
        summary_statistics: sum.statistics.clone(),
        response_time_histogram: sum.histogram(),
        aliases: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn services_are_connected_by_their_calls() {
        let api = json!({"id": "a", "name": "api", "start_time": 1.0, "end_time": 4.0,
        "subsegments": [
            {"id": "c", "name": "worker", "namespace": "remote", "start_time": 1.5, "end_time": 3.0},
            {"id": "d", "name": "db", "namespace": "remote", "start_time": 3.0, "end_time": 3.5,
                "fault": true},
        ]});
        let worker = json!({"id": "w", "parent_id": "c", "name": "worker", "start_time": 2.0,
            "end_time": 3.0, "http": {"response": {"status": 429}}});
        let nodes = vec![Node::of(&api), Node::of(&worker)];
        let mut graph = Graph::default();
        graph.add(&Trace { id: "t".into(), nodes }, &Scope::new("1", "us-east-1"));
        let services = graph.finish();
        let find = |name: &str, root: bool| {
            services.iter().find(|service| service.name == name && service.root == root).unwrap()
        };
        let (client, api) = (find("api", true), find("api", false));
        assert_eq!(client.r#type.as_deref(), Some("client"));
        assert_eq!(client.edges[0].reference_id, api.reference_id);
        let mut called: Vec<_> = api.edges.iter().map(|edge| edge.reference_id).collect();
        let (worker, db) = (find("worker", false), find("db", false));
        called.reverse();
        assert_eq!(called, [worker.reference_id, db.reference_id]);
        assert_eq!(worker.summary_statistics.error_statistics.throttle_count, 1);
        assert_eq!(db.summary_statistics.fault_statistics.total_count, 1);
        assert_eq!(services.len(), 4);
    }
}
