//! The command line: words, and options that have a value each.

use std::str::FromStr;

/// What a command says to its user; all mistakes end it.
pub(crate) type Outcome = Result<(), String>;

/// The words and options of one command.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    words: std::collections::VecDeque<String>,
    options: Vec<(String, String)>,
}

impl Arguments {
    /// Takes a command line apart.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self::default();
        while let Some(word) = words.next() {
            if let Some(name) = word.strip_prefix("--") {
                let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
                parsed.options.push((name.to_owned(), value));
            } else {
                parsed.words.push_back(word);
            }
        }
        Ok(parsed)
    }

    /// The next word; `what` it is.
    pub(crate) fn word(&mut self, what: &str) -> Result<String, String> {
        self.words.pop_front().ok_or_else(|| format!("{what} is missing"))
    }

    /// An option's value as it stands, if it is given.
    pub(crate) fn option(&mut self, name: &str) -> Option<String> {
        let at = self.options.iter().position(|(known, _)| known == name)?;
        Some(self.options.remove(at).1)
    }

    /// An option that must be given, as text.
    pub(crate) fn text(&mut self, name: &str) -> Result<String, String> {
        self.option(name).ok_or_else(|| format!("--{name} is missing"))
    }

    /// An option's value, or what it is when not given.
    pub(crate) fn value<T: FromStr>(&mut self, name: &str, default: T) -> Result<T, String> {
        let Some(text) = self.option(name) else { return Ok(default) };
        text.parse().map_err(|_| format!("--{name}: {text:?} cannot be read"))
    }

    /// Ends the reading: what nobody asked for is a mistake.
    pub(crate) fn end(&self) -> Outcome {
        let option = self.options.first().map(|(name, _)| format!("--{name}"));
        match self.words.front().cloned().or(option) {
            Some(word) => Err(format!("{word:?} is not understood")),
            None => Ok(()),
        }
    }
}

/// Reads an Ethernet address.
pub(crate) fn mac(text: &str) -> Result<[u8; 6], String> {
    let octets: Vec<u8> =
        text.trim().split(':').filter_map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
    octets.try_into().map_err(|_| format!("{text:?} is no Ethernet address"))
}

/// The Ethernet address of an interface.
pub(crate) fn mac_of(interface: &str) -> Result<[u8; 6], String> {
    let text = std::fs::read_to_string(format!("/sys/class/net/{interface}/address"))
        .map_err(|error| format!("interface {interface}: {error}"))?;
    mac(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Arguments {
        Arguments::parse(line.split(' ').map(str::to_owned)).expect("a command line")
    }

    #[test]
    fn words_and_options_may_be_mixed() {
        let mut arguments = parsed("eth0 --flows 10 more");
        assert_eq!(arguments.word("interface").as_deref(), Ok("eth0"));
        assert_eq!(arguments.value("flows", 1), Ok(10));
        assert_eq!(arguments.value("size", 64), Ok(64));
        assert!(arguments.end().is_err());
    }

    #[test]
    fn a_mistake_is_told() {
        assert!(Arguments::parse(["--flows".to_owned()].into_iter()).is_err());
        assert!(parsed("--flows x").value("flows", 1).is_err());
        assert!(mac("02:00:00:00:00").is_err() && mac("02:00:00:00:00:zz").is_err());
        assert_eq!(mac("02:00:00:00:00:0a\n"), Ok([2, 0, 0, 0, 0, 10]));
    }
}
