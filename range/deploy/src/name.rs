//! Names of resources that a template gives no name.

use rand::{Rng, SeedableRng, rngs::StdRng};

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const CHANCE: usize = 12;

/// `stack-logical-RANDOM`, at most `longest` characters: first the logical id is cut, and then
/// the stack's name.
pub(crate) fn generate(stack: &str, logical_id: &str, longest: usize) -> String {
    let room = longest.saturating_sub(CHANCE + 2);
    let stack = cut(stack, room / 2 + room.saturating_sub(room / 2 + logical_id.len()));
    let logical_id = cut(logical_id, room.saturating_sub(stack.len()));
    format!("{stack}-{logical_id}-{}", chance(CHANCE))
}

/// So many random capital letters and digits.
pub(crate) fn chance(count: usize) -> String {
    let mut rng = StdRng::from_os_rng();
    (0..count).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

fn cut(text: &str, longest: usize) -> &str {
    &text[..text.floor_char_boundary(longest)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit() {
        let name = generate("stage", "Table", 255);
        assert!(name.starts_with("stage-Table-"), "{name}");
        assert_eq!(name.len(), 24);
        let (stack, logical_id) = ("s".repeat(128), "L".repeat(200));
        for longest in [64, 80, 128, 255] {
            let name = generate(&stack, &logical_id, longest);
            assert!(name.len() <= longest, "{name}");
            assert!(name.contains("s-L"), "{name}");
        }
        assert_ne!(generate("a", "B", 64), generate("a", "B", 64));
    }
}
