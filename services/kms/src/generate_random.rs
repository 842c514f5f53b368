//! GenerateRandom: random bytes.

use crate::error::KmsError;
use service_kit::prelude::*;

/// Gives cryptographically strong random bytes.
pub(crate) enum GenerateRandom {}

#[derive(Debug, Shape)]
pub struct GenerateRandomInput {
    #[shape(range = 1..=1024)]
    pub number_of_bytes: Option<u32>,
}

#[derive(Debug, Shape)]
pub struct GenerateRandomOutput {
    #[shape(length = 1..=4096, sensitive)]
    pub plaintext: Option<Bytes>,
}

impl Operation for GenerateRandom {
    const NAME: &'static str = "GenerateRandom";
    type Input = GenerateRandomInput;
    type Output = GenerateRandomOutput;
    type Error = KmsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("kms:GenerateRandom").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let Some(length) = input.number_of_bytes else {
            return Err(KmsError::invalid("NumberOfBytes is required."));
        };
        let mut bytes = vec![0; length as usize];
        cx.entropy().fill(&mut bytes);
        Ok(GenerateRandomOutput { plaintext: Some(bytes.into()) })
    }
}
