//! One operation: its types, what it needs to be allowed, and what it does.

use crate::{
    access::{Access, Scope},
    call::BoxFuture,
    context::Context,
    fault::Fault,
    tx::ReadTx,
};
use shape::{ErrorCode, ErrorShape, Failure, Http, Mismatch, Shape, Signature, Value};
use std::future::Future;

/// An operation of a service. There is no default for [`Operation::access`]: one that says
/// nothing about who may call it does not compile.
pub trait Operation: 'static {
    /// The name in the AWS model.
    const NAME: &'static str;
    /// Its method and path, for services that speak REST.
    const HTTP: Option<Http> = None;
    /// Its name in the audit trail, where AWS has another there: `CreateFunction20150331`.
    const AUDITED_AS: &'static str = Self::NAME;
    /// Whether the audit trail counts it as a data event, left out of event history.
    const DATA_EVENT: bool = false;
    /// Whether it may ask for no signature ([`crate::access::Need::Anonymous`]): elsewhere what
    /// unsigned callers send is not even read, but in services that let them in by policy.
    const OPEN: bool = false;
    /// What it takes.
    type Input: Shape + Sync;
    /// What it gives.
    type Output: Shape;
    /// How it fails.
    type Error: ErrorShape + From<Fault>;

    /// What the caller must be allowed. All of it is needed.
    fn access(input: &Self::Input, at: &Scope) -> Vec<Access>;

    /// Checks what comes before the values in a validated input are read, such as which members
    /// go together.
    ///
    /// # Errors
    /// [`Mismatch`] in the service's words.
    fn check(_: &Value) -> Result<(), Mismatch> {
        Ok(())
    }

    /// Completes the resources that only the state tells, such as the key behind an alias.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    fn resources(_: &Self::Input, _: &ReadTx<'_>, _: &mut [Access]) -> Result<(), Fault> {
        Ok(())
    }

    /// Completes condition keys that take work to know, such as the attributes that expressions
    /// name. Run only when a policy asks for a condition key.
    ///
    /// # Errors
    /// [`Fault`] when storage fails, or for an input that [`Operation::run`] would refuse alike.
    fn conditions(_: &Self::Input, _: &ReadTx<'_>, _: &mut [Access]) -> Result<(), Fault> {
        Ok(())
    }

    /// Checks what a request shows beside its signature, such as a one-time code, and adds to the
    /// permissions what follows from it. Comes before policies are asked.
    ///
    /// # Errors
    /// The operation's, when it proves nothing.
    fn proofs(_: &Context, _: &Self::Input, _: &mut [Access]) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Does it.
    fn run(
        cx: &Context,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

/// An operation's input, read and ready to be judged and run.
pub trait Prepared: Send + Sync {
    /// [`Operation::access`].
    fn access(&self, at: &Scope) -> Vec<Access>;

    /// [`Operation::resources`].
    ///
    /// # Errors
    /// As there.
    fn resources(&self, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault>;

    /// [`Operation::conditions`].
    ///
    /// # Errors
    /// As there.
    fn conditions(&self, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault>;

    /// [`Operation::proofs`].
    ///
    /// # Errors
    /// As there.
    fn proofs(&self, cx: &Context, access: &mut [Access]) -> Result<(), Failure>;

    /// [`Operation::run`].
    fn run(self: Box<Self>, cx: Context) -> BoxFuture<'static, Result<Value, Failure>>;
}

/// An operation as a service's table lists it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Name, binding and shapes.
    pub signature: Signature,
    /// [`Operation::AUDITED_AS`].
    pub audited_as: &'static str,
    /// [`Operation::DATA_EVENT`].
    pub data_event: bool,
    /// [`Operation::OPEN`].
    pub open: bool,
    /// The errors of the service that it belongs to.
    pub errors: &'static [ErrorCode],
    /// Reads a validated input.
    pub prepare: fn(Value) -> Result<Box<dyn Prepared>, Mismatch>,
}

impl Entry {
    /// Whether it only reads, which AWS's names tell.
    pub fn is_read_only(&self) -> bool {
        const VERBS: [&str; 9] =
            ["Get", "List", "Describe", "Lookup", "Query", "Scan", "Batch", "Filter", "Simulate"];
        let name = self.signature.name;
        VERBS.iter().any(|verb| name.starts_with(verb)) && !name.starts_with("BatchWrite")
    }
}

struct PreparedInput<O: Operation>(O::Input);

impl<O: Operation> Prepared for PreparedInput<O> {
    fn access(&self, at: &Scope) -> Vec<Access> {
        O::access(&self.0, at)
    }

    fn resources(&self, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        O::resources(&self.0, tx, access)
    }

    fn conditions(&self, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        O::conditions(&self.0, tx, access)
    }

    fn proofs(&self, cx: &Context, access: &mut [Access]) -> Result<(), Failure> {
        O::proofs(cx, &self.0, access).map_err(ErrorShape::into_failure)
    }

    fn run(self: Box<Self>, cx: Context) -> BoxFuture<'static, Result<Value, Failure>> {
        Box::pin(async move {
            match O::run(&cx, self.0).await {
                Ok(output) => Ok(output.write()),
                Err(error) => Err(error.into_failure()),
            }
        })
    }
}

/// The table entry of `O`.
pub const fn operation<O: Operation>() -> Entry {
    Entry {
        signature: Signature {
            name: O::NAME,
            http: O::HTTP,
            input: <O::Input as Shape>::schema,
            output: <O::Output as Shape>::schema,
        },
        audited_as: O::AUDITED_AS,
        data_event: O::DATA_EVENT,
        open: O::OPEN,
        errors: <O::Error as ErrorShape>::CODES,
        prepare: |value| {
            O::check(&value)?;
            Ok(Box::new(PreparedInput::<O>(O::Input::read(value)?)))
        },
    }
}
