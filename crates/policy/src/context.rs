//! The condition keys of one request, found ignoring case.
use std::{borrow::Cow, cmp::Ordering, fmt, slice, sync::Arc};

/// Where a decision looks condition keys up. Most policies ask for none, so whoever has to gather
/// them first may do so when asked.
pub trait Keys: fmt::Debug {
    /// The key of this name with its values and its arity, if the request has it.
    fn entry(&self, key: &str) -> Option<Entry<'_>>;
}

/// The condition keys of a request with their values. Names compare ignoring (ASCII) case; each
/// key is single-valued or multi-valued, which decides how conditions and variables may use it
/// (IAM User Guide, "Single-valued vs. multivalued context keys").
#[derive(Clone, Default, Debug)]
pub struct Context {
    /// Keys that several contexts share; those set here hide the ones of the same name there.
    base: Option<Arc<Context>>,
    /// Sorted by name, ignoring case.
    entries: Vec<(Cow<'static, str>, Values)>,
}

#[derive(Clone, Debug)]
enum Values {
    One(String),
    Many(Vec<String>),
}

impl Values {
    fn as_slice(&self) -> &[String] {
        match self {
            Values::One(value) => slice::from_ref(value),
            Values::Many(values) => values,
        }
    }
}

/// One key of a context.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The name as it was set.
    pub key: &'a str,
    /// Its values; exactly one for a single-valued key, perhaps none for a multi-valued one.
    pub values: &'a [String],
    /// Whether the key is multi-valued, however many values it has now.
    pub multi_valued: bool,
}

impl Context {
    /// This context with the keys of `base` besides, which it does not copy. Contexts lie one over
    /// another, not in heaps: what `base` itself lies over is not seen.
    #[must_use]
    pub fn over(self, base: Arc<Context>) -> Self {
        Self { base: Some(base), ..self }
    }

    /// Sets a single-valued key, replacing what it held.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        self.put(key.into(), Values::One(value.into()));
    }

    /// Sets a multi-valued key, replacing what it held. No values count as an absent key.
    pub fn set_many(
        &mut self,
        key: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = String>,
    ) {
        self.put(key.into(), Values::Many(values.into_iter().collect()));
    }

    /// Sets many single-valued keys, as [`Context::set`] for each in turn, but sorting them all at
    /// once: requests may bring very many.
    pub fn set_all<K: Into<Cow<'static, str>>, V: Into<String>>(
        &mut self,
        keys: impl IntoIterator<Item = (K, V)>,
    ) {
        let one = |(key, value): (K, V)| (key.into(), Values::One(value.into()));
        self.entries.extend(keys.into_iter().map(one));
        // Stable, so that among equals the one set last comes last; it is the one to stay.
        self.entries.sort_by(|(a, _), (b, _)| compare_ignoring_case(a, b));
        self.entries.dedup_by(|later, earlier| {
            let same = compare_ignoring_case(&later.0, &earlier.0).is_eq();
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
    }

    /// The values of a key, if it was set.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.entry(key).map(|entry| entry.values)
    }

    /// All keys, each layer sorted by name, the base first.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        let base = self.base.iter().flat_map(|base| &base.entries);
        let shown = base.filter(|(key, _)| self.find(key).is_err());
        shown.chain(&self.entries).map(view)
    }

    fn own(&self, key: &str) -> Option<Entry<'_>> {
        let at = self.find(key).ok()?;
        self.entries.get(at).map(view)
    }

    fn put(&mut self, key: Cow<'static, str>, values: Values) {
        match self.find(&key) {
            Ok(at) => self.entries[at] = (key, values),
            Err(at) => self.entries.insert(at, (key, values)),
        }
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(name, _)| compare_ignoring_case(name, key))
    }
}

impl Keys for Context {
    fn entry(&self, key: &str) -> Option<Entry<'_>> {
        let own = self.own(key);
        own.or_else(|| self.base.as_ref().and_then(|base| base.own(key)))
    }
}

fn view<'a>((key, values): &'a (Cow<'static, str>, Values)) -> Entry<'a> {
    Entry { key, values: values.as_slice(), multi_valued: matches!(values, Values::Many(_)) }
}

fn compare_ignoring_case(a: &str, b: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_the_last_value_stays() {
        let mut context = Context::default();
        context.set("aws:SourceIp", "10.0.0.1");
        context.set("AWS:sourceip", "10.0.0.2");
        context.set_many("aws:TagKeys", ["a".to_owned(), "b".to_owned()]);
        assert_eq!(context.get("aws:SOURCEIP"), Some(&["10.0.0.2".to_owned()][..]));
        assert_eq!(context.iter().count(), 2);
        assert!(context.entry("aws:tagkeys").unwrap().multi_valued);
        assert_eq!(context.get("aws:username"), None);
    }

    #[test]
    fn one_context_lies_over_another() {
        let (mut base, mut top) = (Context::default(), Context::default());
        base.set("aws:userid", "a");
        base.set("aws:SourceIp", "10.0.0.1");
        top.set("AWS:UserId", "b");
        top.set("kms:KeySpec", "x");
        let both = top.over(Arc::new(base));
        assert_eq!(both.get("aws:userid"), Some(&["b".to_owned()][..]));
        assert_eq!(both.get("aws:sourceip"), Some(&["10.0.0.1".to_owned()][..]));
        let names: Vec<_> = both.iter().map(|entry| entry.key).collect();
        assert_eq!(names, ["aws:SourceIp", "AWS:UserId", "kms:KeySpec"]);
    }

    #[test]
    fn setting_many_is_setting_each() {
        let pairs = [("b", "1"), ("A", "2"), ("B", "3"), ("c", "4"), ("a", "5")];
        let (mut together, mut each) = (Context::default(), Context::default());
        for context in [&mut together, &mut each] {
            context.set("a", "0");
            context.set_many("C", ["x".to_owned()]);
        }
        together.set_all(pairs);
        for (key, value) in pairs {
            each.set(key, value);
        }
        assert_eq!(format!("{together:?}"), format!("{each:?}"));
    }
}
