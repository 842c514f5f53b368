//! Shapes that several operations share.

use service_kit::{metrics::Series, prelude::*};

/// A name and a value that tell metrics of one name apart.
#[derive(Clone, Debug, PartialEq, Eq, Shape)]
pub struct Dimension {
    /// The name.
    #[shape(length = 1..=255)]
    pub name: String,
    /// The value.
    #[shape(length = 1..=1024)]
    pub value: String,
}

/// A metric's whole name.
#[derive(Clone, Debug, PartialEq, Eq, Shape)]
pub struct Metric {
    /// Its namespace.
    #[shape(length = 1..=255, pattern = "[^:].*")]
    pub namespace: Option<String>,
    /// Its name.
    #[shape(length = 1..=255)]
    pub metric_name: Option<String>,
    /// Its dimensions.
    #[shape(length = 0..=30)]
    pub dimensions: Option<Vec<Dimension>>,
}

impl Metric {
    /// The metric of a series.
    pub(crate) fn of(series: Series) -> Self {
        let dimension = |(name, value)| Dimension { name, value };
        Self {
            namespace: Some(series.namespace.into()),
            metric_name: Some(series.name.into()),
            dimensions: Some(series.dimensions.into_iter().map(dimension).collect()),
        }
    }
}

/// The series of a metric.
pub(crate) fn series(namespace: &str, name: &str, dimensions: &[Dimension]) -> Series {
    let pair = |dimension: &Dimension| (dimension.name.clone(), dimension.value.clone());
    let mut dimensions: Vec<_> = dimensions.iter().map(pair).collect();
    dimensions.sort();
    Series { namespace: namespace.to_owned().into(), name: name.to_owned().into(), dimensions }
}

/// What values are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum StandardUnit {
    /// Seconds.
    #[shape(name = "Seconds")]
    Seconds,
    /// Microseconds.
    #[shape(name = "Microseconds")]
    Microseconds,
    /// Milliseconds.
    #[shape(name = "Milliseconds")]
    Milliseconds,
    /// Bytes.
    #[shape(name = "Bytes")]
    Bytes,
    /// Kilobytes.
    #[shape(name = "Kilobytes")]
    Kilobytes,
    /// Megabytes.
    #[shape(name = "Megabytes")]
    Megabytes,
    /// Gigabytes.
    #[shape(name = "Gigabytes")]
    Gigabytes,
    /// Terabytes.
    #[shape(name = "Terabytes")]
    Terabytes,
    /// Bits.
    #[shape(name = "Bits")]
    Bits,
    /// Kilobits.
    #[shape(name = "Kilobits")]
    Kilobits,
    /// Megabits.
    #[shape(name = "Megabits")]
    Megabits,
    /// Gigabits.
    #[shape(name = "Gigabits")]
    Gigabits,
    /// Terabits.
    #[shape(name = "Terabits")]
    Terabits,
    /// Percent.
    #[shape(name = "Percent")]
    Percent,
    /// Count.
    #[shape(name = "Count")]
    Count,
    /// Bytes/Second.
    #[shape(name = "Bytes/Second")]
    BytesPerSecond,
    /// Kilobytes/Second.
    #[shape(name = "Kilobytes/Second")]
    KilobytesPerSecond,
    /// Megabytes/Second.
    #[shape(name = "Megabytes/Second")]
    MegabytesPerSecond,
    /// Gigabytes/Second.
    #[shape(name = "Gigabytes/Second")]
    GigabytesPerSecond,
    /// Terabytes/Second.
    #[shape(name = "Terabytes/Second")]
    TerabytesPerSecond,
    /// Bits/Second.
    #[shape(name = "Bits/Second")]
    BitsPerSecond,
    /// Kilobits/Second.
    #[shape(name = "Kilobits/Second")]
    KilobitsPerSecond,
    /// Megabits/Second.
    #[shape(name = "Megabits/Second")]
    MegabitsPerSecond,
    /// Gigabits/Second.
    #[shape(name = "Gigabits/Second")]
    GigabitsPerSecond,
    /// Terabits/Second.
    #[shape(name = "Terabits/Second")]
    TerabitsPerSecond,
    /// Count/Second.
    #[shape(name = "Count/Second")]
    CountPerSecond,
    /// None: no unit.
    #[shape(name = "None")]
    None,
}

impl StandardUnit {
    /// The unit with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::read(shape::Value::String(name.into())).ok()
    }
}
