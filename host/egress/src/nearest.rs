//! The known name that is nearest to a mistyped one.

/// The longest name, in bytes, that a match is searched for. The time it takes
/// is the product of both lengths.
const LONGEST: usize = 128;

/// The candidate nearest to `name`, if it is near enough to be a typing error:
/// at most a third of the name's characters differ. `None` for a name of more
/// than 128 bytes.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= name.len().max(candidate.len()))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let names = ["deadline", "memory", "requests"];
        assert_eq!(nearest("dedaline", names), Some("deadline"));
        assert_eq!(nearest("request", names), Some("requests"));
        assert_eq!(nearest("colour", names), None);
    }

    #[test]
    fn a_name_that_nobody_types_is_compared_with_nothing() {
        let (long, longer) = ("x".repeat(128), "x".repeat(129));
        assert_eq!(nearest(&long, [&*long]), Some(&*long));
        assert_eq!(nearest(&longer, [&*longer]), None);
        assert_eq!(nearest(&long, [&*longer]), None);
        let compared = std::cell::Cell::new(0);
        let names = (0..10).map(|_| {
            compared.set(compared.get() + 1);
            "hello"
        });
        assert_eq!(nearest(&"x".repeat(60_000), names), None);
        assert_eq!(compared.get(), 0);
    }
}
