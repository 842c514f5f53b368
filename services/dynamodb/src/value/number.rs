//! Numbers: exact decimals of up to 38 digits whose stored bytes sort as the numbers do.
//!
//! A number is kept in base 100, aligned to the decimal point: one byte for sign and exponent, one
//! for each pair of digits, and one that ends a negative number. Comparing, indexing and measuring
//! (AWS counts the same bytes, "DynamoDB item sizes and formats") then need no decoding.

use std::fmt;

/// The most significant digits.
pub(crate) const MAX_DIGITS: usize = 38;
/// Decimal exponents of the first digit: 9.9...E+125 is the largest magnitude, 1E-130 the smallest.
const MAX_EXPONENT: i32 = 125;
const MIN_EXPONENT: i32 = -130;
/// 38 digits, not aligned, make 20 pairs; beside them stand the exponent and the negative end.
const MAX_BYTES: usize = 22;
/// The digits of as many pairs.
const MAX_PLACES: usize = 2 * MAX_BYTES;
const ZERO: u8 = 0x80;
/// The exponent byte of a positive number below 100; negative ones mirror it.
const POSITIVE: i32 = 193;
const NEGATIVE: i32 = 62;
/// Sorts after each mirrored pair, so that -1.01 comes before -1.
const NEGATIVE_END: u8 = 102;

/// A decimal number.
#[derive(Clone, Copy)]
pub struct Number {
    length: u8,
    bytes: [u8; MAX_BYTES],
}

/// Why a text or a result is no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// The text is not a number.
    Syntax(String),
    /// Its magnitude is 1E+126 or more.
    Overflow,
    /// Its magnitude is below 1E-130 and not zero.
    Underflow,
    /// It has more than 38 significant digits.
    TooPrecise,
}

impl fmt::Display for NumberFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Syntax(text) if text.is_empty() => {
                "The parameter cannot be converted to a numeric value"
            }
            Self::Syntax(text) => {
                return write!(
                    formatter,
                    "The parameter cannot be converted to a numeric value: {text}"
                );
            }
            Self::Overflow => {
                "Number overflow. Attempting to store a number with magnitude larger than \
                 supported range"
            }
            Self::Underflow => {
                "Number underflow. Attempting to store a number with magnitude smaller than \
                 supported range"
            }
            Self::TooPrecise => "Attempting to store more than 38 significant digits in a Number",
        };
        formatter.write_str(text)
    }
}

/// A number taken apart: `0.d1d2d3... * 10^(exponent + 1)`.
struct Digits {
    negative: bool,
    /// The decimal exponent of the first digit.
    exponent: i32,
    /// Neither the first nor the last is zero; empty for zero.
    digits: Vec<u8>,
}

impl Digits {
    /// Without leading and trailing zeros.
    fn trimmed(mut self) -> Self {
        let zeros = self.digits.iter().take_while(|&&digit| digit == 0).count();
        self.digits.drain(..zeros);
        self.exponent -= i32::try_from(zeros).unwrap_or(i32::MAX);
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        self
    }

    fn number(self) -> Result<Number, NumberFault> {
        let Self { negative, exponent, digits } = self.trimmed();
        if digits.is_empty() {
            return Ok(Number::zero());
        }
        if exponent > MAX_EXPONENT {
            return Err(NumberFault::Overflow);
        }
        if exponent < MIN_EXPONENT {
            return Err(NumberFault::Underflow);
        }
        if digits.len() > MAX_DIGITS {
            return Err(NumberFault::TooPrecise);
        }
        Ok(Number::pack(negative, exponent, &digits))
    }
}

impl Number {
    /// Zero.
    pub const fn zero() -> Self {
        let mut bytes = [0; MAX_BYTES];
        bytes[0] = ZERO;
        Self { length: 1, bytes }
    }

    /// Reads DynamoDB's text form: an optional sign, digits with an optional point, an optional
    /// exponent.
    ///
    /// # Errors
    /// [`NumberFault`], displayed in AWS's words.
    pub fn parse(text: &str) -> Result<Self, NumberFault> {
        let syntax = || NumberFault::Syntax(text.to_owned());
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, parse_power(power).ok_or_else(syntax)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = || whole.bytes().chain(fraction.bytes());
        if !all().all(|byte| byte.is_ascii_digit()) || all().next().is_none() {
            return Err(syntax());
        }
        let leading = all().take_while(|&byte| byte == b'0').count();
        let significant = whole.len() + fraction.len() - leading;
        let trailing = all().rev().take_while(|&byte| byte == b'0').count();
        // Only the digits that count are kept, so that a long row of zeros costs nothing.
        let kept = significant.saturating_sub(trailing).min(MAX_DIGITS + 1);
        let mut digits: Vec<u8> = all().skip(leading).take(kept).map(|byte| byte - b'0').collect();
        if let Some(beyond) = digits.get_mut(MAX_DIGITS) {
            // The digit that is one too many stands for all behind it, one of which is not zero.
            *beyond = 1;
        }
        let exponent = whole.len() as i64 - leading as i64 - 1 + power;
        let exponent = exponent.clamp(-1_000_000, 1_000_000) as i32;
        Digits { negative, exponent, digits }.number()
    }

    /// The bytes that sort as the numbers do; AWS counts as many for an item's size.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The number of these bytes; none when they are not ours.
    pub fn from_bytes(stored: &[u8]) -> Option<Self> {
        if stored.is_empty() || stored.len() > MAX_BYTES {
            return None;
        }
        let mut bytes = [0; MAX_BYTES];
        bytes[..stored.len()].copy_from_slice(stored);
        let number = Self { length: stored.len() as u8, bytes };
        number.is_well_formed().then_some(number)
    }

    /// The sum.
    ///
    /// # Errors
    /// [`NumberFault`] when the exact sum is out of range or needs more than 38 digits.
    pub fn add(&self, other: &Self) -> Result<Self, NumberFault> {
        let (a, b) = (self.unpack(), other.unpack());
        if a.digits.is_empty() {
            return Ok(*other);
        }
        if b.digits.is_empty() {
            return Ok(*self);
        }
        let last = |x: &Digits| x.exponent + 1 - x.digits.len() as i32;
        let (low, high) = (last(&a).min(last(&b)), a.exponent.max(b.exponent) + 1);
        // At most 126 + 130 + 38 digits.
        let width = (high - low + 1) as usize;
        let (x, y) = (aligned(&a, high, width), aligned(&b, high, width));
        let (negative, digits) = if a.negative == b.negative {
            (a.negative, sum(&x, &y))
        } else if x >= y {
            (a.negative, difference(&x, &y))
        } else {
            (b.negative, difference(&y, &x))
        };
        Digits { negative, exponent: high, digits }.number()
    }

    /// The difference.
    ///
    /// # Errors
    /// As [`Number::add`].
    pub fn subtract(&self, other: &Self) -> Result<Self, NumberFault> {
        self.add(&other.negated())
    }

    fn negated(&self) -> Self {
        let Digits { negative, exponent, digits } = self.unpack();
        if digits.is_empty() { *self } else { Self::pack(!negative, exponent, &digits) }
    }

    fn pack(negative: bool, exponent: i32, digits: &[u8]) -> Self {
        let mut bytes = [0; MAX_BYTES];
        let power = exponent.div_euclid(2);
        bytes[0] = if negative { NEGATIVE - power } else { POSITIVE + power } as u8;
        let mut length = 1;
        let mut push = |pair: u8| {
            bytes[length] = if negative { 101 - pair } else { pair + 1 };
            length += 1;
        };
        let (first, rest) = digits.split_at(if exponent.rem_euclid(2) == 0 { 1 } else { 0 });
        if let [single] = first {
            push(*single);
        }
        for pair in rest.chunks(2) {
            push(pair[0] * 10 + pair.get(1).copied().unwrap_or(0));
        }
        if negative {
            bytes[length] = NEGATIVE_END;
            length += 1;
        }
        Self { length: length as u8, bytes }
    }

    fn unpack(&self) -> Digits {
        let mut room = [0; MAX_PLACES];
        let (negative, exponent, digits) = self.places(&mut room);
        Digits { negative, exponent, digits: digits.to_vec() }
    }

    /// Whether it is negative, the decimal exponent of its first digit, and its digits in `room`:
    /// neither the first nor the last is zero, and zero has none.
    fn places<'r>(&self, room: &'r mut [u8; MAX_PLACES]) -> (bool, i32, &'r [u8]) {
        let bytes = self.as_bytes();
        let negative = bytes[0] < ZERO;
        let power = i32::from(bytes[0]);
        let power = if negative { NEGATIVE - power } else { power - POSITIVE };
        let pairs = if negative { &bytes[1..bytes.len() - 1] } else { &bytes[1..] };
        for (place, byte) in room.chunks_exact_mut(2).zip(pairs) {
            let pair = if negative { 101 - byte } else { byte - 1 };
            place.copy_from_slice(&[pair / 10, pair % 10]);
        }
        let digits = &room[..pairs.len() * 2];
        let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
        let end = digits.iter().rposition(|&digit| digit != 0).map_or(zeros, |last| last + 1);
        (negative, power * 2 + 1 - zeros as i32, &digits[zeros..end])
    }

    /// Appends its plain digits, without an exponent, as AWS answers.
    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        let mut room = [0; MAX_PLACES];
        let (negative, exponent, digits) = self.places(&mut room);
        if digits.is_empty() {
            return into.push(b'0');
        }
        if negative {
            into.push(b'-');
        }
        let ascii = |digit: &u8| b'0' + digit;
        let Ok(last_whole) = usize::try_from(exponent) else {
            into.extend_from_slice(b"0.");
            into.extend((exponent..-1).map(|_| b'0'));
            return into.extend(digits.iter().map(ascii));
        };
        let (whole, fraction) = digits.split_at(digits.len().min(last_whole + 1));
        into.extend(whole.iter().map(ascii));
        into.extend((whole.len()..=last_whole).map(|_| b'0'));
        if !fraction.is_empty() {
            into.push(b'.');
            into.extend(fraction.iter().map(ascii));
        }
    }

    fn is_well_formed(&self) -> bool {
        match self.as_bytes() {
            [ZERO] => true,
            [first, pairs @ .., NEGATIVE_END] if *first < ZERO => {
                !pairs.is_empty() && pairs.iter().all(|pair| (2..=101).contains(pair))
            }
            [first, pairs @ ..] if *first >= ZERO => {
                !pairs.is_empty() && pairs.iter().all(|pair| (1..=100).contains(pair))
            }
            _ => false,
        }
    }
}

fn parse_power(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Far beyond any range, but still exact enough for a mantissa of 400 KB.
    let most = 1_000_000_000;
    let power = digits.bytes().fold(0_i64, |power, byte| {
        power.saturating_mul(10).saturating_add(i64::from(byte - b'0')).min(most)
    });
    Some(if text.starts_with('-') { -power } else { power })
}

/// The digits of `number` in a row of `width` places that starts at exponent `high`.
fn aligned(number: &Digits, high: i32, width: usize) -> Vec<u8> {
    let mut row = vec![0; width];
    let start = (high - number.exponent) as usize;
    row[start..start + number.digits.len()].copy_from_slice(&number.digits);
    row
}

fn sum(x: &[u8], y: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut digits: Vec<u8> = x
        .iter()
        .zip(y)
        .rev()
        .map(|(a, b)| {
            let total = a + b + carry;
            carry = total / 10;
            total % 10
        })
        .collect();
    digits.reverse();
    digits
}

/// `x - y` for `x >= y`.
fn difference(x: &[u8], y: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut digits: Vec<u8> = x
        .iter()
        .zip(y)
        .rev()
        .map(|(a, b)| {
            let total = 10 + a - b - borrow;
            borrow = u8::from(total < 10);
            total % 10
        })
        .collect();
    digits.reverse();
    digits
}

impl From<usize> for Number {
    fn from(count: usize) -> Self {
        // At most 20 digits, so it always fits.
        Self::parse(&count.to_string()).unwrap_or(Self::zero())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(40);
        self.write(&mut text);
        formatter.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    /// A decimal text of `coefficient * 10^-scale`, and its value in units of 10^-9.
    fn decimal() -> impl Strategy<Value = (String, i128)> {
        (-1_000_000_000_000_i64..1_000_000_000_000, 0_u32..=9).prop_map(|(coefficient, scale)| {
            let text = format!("{coefficient}E-{scale}");
            (text, i128::from(coefficient) * 10_i128.pow(9 - scale))
        })
    }

    proptest! {
        #[test]
        fn bytes_sort_as_the_numbers_do((a, x) in decimal(), (b, y) in decimal()) {
            prop_assert_eq!(number(&a).cmp(&number(&b)), x.cmp(&y));
        }

        #[test]
        fn arithmetic_is_exact((a, x) in decimal(), (b, y) in decimal()) {
            let units = |value: i128| number(&format!("{value}E-9"));
            prop_assert_eq!(number(&a).add(&number(&b)).unwrap(), units(x + y));
            prop_assert_eq!(number(&a).subtract(&number(&b)).unwrap(), units(x - y));
        }

        #[test]
        fn text_round_trips(
            digits in "-?[1-9][0-9]{0,36}[1-9]",
            power in -130_i32..=88,
        ) {
            let one = number(&format!("{digits}E{power}"));
            prop_assert_eq!(number(&one.to_string()), one);
            prop_assert_eq!(Number::from_bytes(one.as_bytes()), Some(one));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9.eE]{0,12}|.{0,12}") {
            if let Ok(read) = Number::parse(&text) {
                prop_assert_eq!(number(&read.to_string()), read);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            if let Some(read) = Number::from_bytes(&bytes) {
                prop_assert!(!read.to_string().is_empty());
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_are_kept_in_order() {
        let nines = "9".repeat(38);
        let rising = [
            format!("-{nines}E88"),
            "-1E125".into(),
            "-1.01".into(),
            "-1".into(),
            "-1E-130".into(),
            "0".into(),
            "1E-130".into(),
            "0.01".into(),
            "1".into(),
            "10".into(),
            "100".into(),
            "1E125".into(),
            format!("{nines}E88"),
        ];
        for pair in rising.windows(2) {
            assert!(number(&pair[0]) < number(&pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(Number::parse("1E126"), Err(NumberFault::Overflow));
        assert_eq!(Number::parse("-1E-131"), Err(NumberFault::Underflow));
        assert_eq!(Number::parse(&"1".repeat(39)), Err(NumberFault::TooPrecise));
        for junk in ["", "-", ".", "e1", "1e", "1e+", "0x1", "1 ", " 1", "--1", "1.2.3", "NaN"] {
            assert_eq!(Number::parse(junk), Err(NumberFault::Syntax(junk.into())));
        }
        assert_eq!(number("1E37").add(&number("0.1")), Err(NumberFault::TooPrecise));
        assert_eq!(number("9E125").add(&number("9E125")), Err(NumberFault::Overflow));
    }

    #[test]
    fn a_difference_may_lose_a_digit() {
        let nines = number("1E38").subtract(&number("1")).unwrap();
        assert_eq!(nines.to_string(), "9".repeat(38));
        assert_eq!(nines.add(&number("1")).unwrap(), number("1E38"));
        assert_eq!(number("5").subtract(&number("5.0")).unwrap(), Number::zero());
    }

    #[test]
    fn texts_are_plain_and_sizes_are_awss() {
        for (text, plain, size) in [
            ("-0", "0", 1),
            ("007.50", "7.5", 3),
            ("1e3", "1000", 2),
            ("12", "12", 2),
            ("1.2", "1.2", 3),
            ("-12", "-12", 3),
            ("1E-2", "0.01", 2),
        ] {
            let number = number(text);
            assert_eq!((number.to_string().as_str(), number.as_bytes().len()), (plain, size));
        }
        assert_eq!(number(&"0".repeat(100_000)), Number::zero());
    }
}
