//! Reading a plan from text: a line for each thing, words separated by spaces (`openflow/layouts/plans.py` writes it).
//!
//! ```text
//! version 4
//! field eth_type 2 16 80000a02 80000b04          name, size, bits, what stands before a value, before one with a mask
//! slot eth_type dl_type                          the slot of 1.0's match that a field has
//! slots 2048 6 in_port eth_src ...               what the slots mean for this eth_type and protocol (- for others)
//! class PacketOut 0 u4 u4 count@0 pad6 many:Action@0 rest
//! class Learned 0 foreign                        the number is that of fields that the version lacks
//! family Action 8 1 0 4                          alignment, padded length?, length first?, size of subtypes
//! member Action 0 Output                         code, class; experimenter and subtype behind them
//! message 13 - PacketOut                         type, multipart type, class; experimenter, subtype, where they stand
//! applied ApplyActions                           what 1.0's bare lists of actions are
//! ```

use std::collections::HashMap;
use std::fmt;

use crate::oxm::Field;
use crate::plan::{Class, Family, MAX_COUNTS, Member, MessageCode, Plan, Step, Type, Vendor};
use crate::translate::Translation;

/// A line of a plan that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPlan(
    /// The line.
    pub String,
);

impl fmt::Display for BadPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "bad line in a plan: {}", self.0)
    }
}

impl std::error::Error for BadPlan {}

impl Plan {
    /// Read a plan.
    ///
    /// # Errors
    ///
    /// [`BadPlan`] names the first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, BadPlan> {
        let mut parser = Parser::default();
        for line in text.lines() {
            parser.name(line);
        }
        for line in text.lines() {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            parser.line(&words).ok_or_else(|| BadPlan(line.to_owned()))?;
        }
        Ok(parser.plan)
    }
}

#[derive(Default)]
struct Parser {
    plan: Plan,
    classes: HashMap<String, usize>,
    families: HashMap<String, usize>,
}

impl Parser {
    /// Learn the names first: classes may name each other.
    fn name(&mut self, line: &str) {
        let mut words = line.split_ascii_whitespace();
        let names = match words.next() {
            Some("class") => &mut self.classes,
            Some("family") => &mut self.families,
            _ => return,
        };
        let index = names.len();
        names.insert(words.next().unwrap_or_default().to_owned(), index);
    }

    fn line(&mut self, words: &[&str]) -> Option<()> {
        match *words {
            ["version", version] => self.plan.version = version.parse().ok()?,
            ["field", name, size, bits, exact, masked] => {
                self.field(name, size, bits, exact, masked)?;
            }
            ["slot", name, slot] => {
                let field = self.plan.fields.find(name)?;
                self.plan.slots.place(field, slot)?;
            }
            ["slots", eth_type, proto, ref names @ ..] => {
                let find = |name: &&str| self.plan.fields.find(name);
                let fields: Option<Vec<usize>> = names.iter().map(find).collect();
                self.plan.slots.mean(optional(eth_type)?, optional(proto)?, &fields?);
            }
            ["class", name, absent, ref steps @ ..] => self.class(name, absent, steps)?,
            ["family", name, alignment, padded, first, subtype] => {
                self.plan.families.push(Family {
                    name: name.to_owned(),
                    alignment: alignment.parse().ok().filter(|&size| size > 0)?,
                    padded_length: padded == "1",
                    length_first: first == "1",
                    subtype_size: subtype.parse().ok()?,
                    ..Family::default()
                });
            }
            ["member", family, code, class, ref numbers @ ..] => {
                self.member(family, code, class, numbers)?;
            }
            ["message", code, part, class, ref numbers @ ..] => {
                self.message(code, part, class, numbers)?;
            }
            ["applied", class] => self.plan.applied = Some(*self.classes.get(class)?),
            [] => {}
            _ => return None,
        }
        Some(())
    }

    fn field(
        &mut self,
        name: &str,
        size: &str,
        bits: &str,
        exact: &str,
        masked: &str,
    ) -> Option<()> {
        let field = Field {
            name: name.to_owned(),
            size: size.parse().ok()?,
            bits: bits.parse().ok()?,
            exact: hex(exact).filter(|head| head.len() >= 4)?,
            masked: hex(masked)?,
        };
        self.plan.fields.add(field);
        Some(())
    }

    fn class(&mut self, name: &str, absent: &str, words: &[&str]) -> Option<()> {
        let mut class =
            Class { name: name.to_owned(), absent: absent.parse().ok()?, ..Class::default() };
        if words == ["foreign"] {
            class.is_foreign = true;
        } else {
            let mut width = Some(0);
            for word in words {
                let step = self.step(word)?;
                if matches!(step, Step::Size) {
                    class.size_at = Some(width?);
                }
                width = width.zip(step.width()).map(|(before, size)| before + size);
                class.yields += step.yields();
                class.steps.push(step);
            }
        }
        self.plan.classes.push(class);
        Some(())
    }

    fn member(&mut self, family: &str, code: &str, class: &str, numbers: &[&str]) -> Option<()> {
        let class = *self.classes.get(class)?;
        let family = self.plan.families.get_mut(*self.families.get(family)?)?;
        let code = code.parse().ok()?;
        let index = family.members.len();
        family.members.push(Member { code, class });
        match *numbers {
            [] => {
                family.by_code.insert(code, index);
            }
            [experimenter, subtype] => {
                let key = (code, experimenter.parse().ok()?, subtype.parse().ok()?);
                family.by_subtype.insert(key, index);
                family.vendors.push(code);
            }
            _ => return None,
        }
        Some(())
    }

    fn message(&mut self, code: &str, part: &str, class: &str, numbers: &[&str]) -> Option<()> {
        let class = *self.classes.get(class)?;
        let code = code.parse().ok()?;
        let part = optional(part)?.map(u16::try_from).transpose().ok()?;
        self.plan.codes.push(MessageCode { code, part, class });
        let known = self.plan.messages.entry(code).or_default();
        match *numbers {
            [experimenter, subtype, offset] => {
                let numbers = (experimenter.parse().ok()?, subtype.parse().ok()?);
                known.vendors.push(Vendor { part, offset: offset.parse().ok()?, numbers, class });
            }
            [] => match part {
                None => known.plain = Some(class),
                Some(part) => {
                    known.parts.insert(part, class);
                }
            },
            _ => return None,
        }
        Some(())
    }

    fn step(&self, word: &str) -> Option<Step> {
        let (word, slot) = match word.split_once('@') {
            Some((word, slot)) => {
                (word, Some(slot.parse().ok().filter(|&slot: &usize| slot < MAX_COUNTS)?))
            }
            None => (word, None),
        };
        let (word, of) = word.split_once(':').unwrap_or((word, ""));
        let digits = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
        let (word, size) = word.split_at(digits);
        let size: usize = if size.is_empty() { 0 } else { size.parse().ok()? };
        Some(match word {
            "u" if (1..=8).contains(&size) || size == 16 => Step::Int(size, translation(of)?),
            "pad" => Step::Pad(size),
            "lit" => Step::Literal(hex(of)?),
            "text" => Step::Text(size),
            "bytes" => Step::Bytes(size),
            "rest" => Step::Rest,
            "one" => Step::One(self.of(of)?),
            "many" => Step::Many(self.of(of)?, slot),
            "ints" if (1..=8).contains(&size) => Step::Ints(size, slot),
            "size" => Step::Size,
            "count" => Step::Count(slot?),
            "align" if size > 0 => Step::Align(size, slot?),
            "fixedmatch" if !self.plan.slots.is_empty() => Step::FixedMatch,
            "oxm" => Step::Oxm,
            "oxmport" => Step::OxmPort,
            "oxmfield" => Step::OxmField,
            "error" => Step::Error,
            "applied" => Step::Applied(*self.families.get(of)?),
            "fill" => Step::Fill,
            _ => return None,
        })
    }

    fn of(&self, name: &str) -> Option<Type> {
        let class = self.classes.get(name).map(|&index| Type::Class(index));
        class.or_else(|| self.families.get(name).map(|&index| Type::Family(index)))
    }
}

/// A number, or none; outside of that None for a word that is neither.
#[expect(clippy::option_option, reason = "the outer one is the error")]
fn optional(word: &str) -> Option<Option<u64>> {
    if word == "-" { Some(None) } else { word.parse().ok().map(Some) }
}

/// A translation: a name, or bits as `bits,WIRE>NEUTRAL,...`.
fn translation(text: &str) -> Option<Translation> {
    let (name, pairs) = text.split_once(',').unwrap_or((text, ""));
    let pairs = || -> Option<Vec<(u32, u32)>> {
        let pair = |pair: &str| {
            let (wire, neutral) = pair.split_once('>')?;
            let bit = |text: &str| text.parse().ok().filter(|&bit: &u32| bit < 32);
            Some((bit(wire)?, bit(neutral)?))
        };
        pairs.split(',').map(pair).collect()
    };
    Some(match name {
        "" => Translation::Same,
        "port" => Translation::Port,
        "anyport" => Translation::AnyPort,
        "shift" => Translation::Shift(text.split_once(',')?.1.parse().ok()?),
        "bits" => Translation::Bits(pairs()?, false),
        "strict" => Translation::Bits(pairs()?, true),
        _ => return None,
    })
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 != 0 {
        return None;
    }
    let byte = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_is_wrong_is_named() {
        let text = "version 4\nclass A 0 u4\nclass B 0 u4 what3";
        assert_eq!(Plan::parse(text).unwrap_err(), BadPlan("class B 0 u4 what3".into()));
        assert!(Plan::parse("family F 0 1 0 4").is_err());
        assert!(Plan::parse("class A 0 many:B").is_err());
        assert!(Plan::parse("class A 0 u9").is_err());
    }

    #[test]
    fn classes_may_name_those_that_come_later() {
        let plan = Plan::parse("class A 0 size many:B\nclass B 1 u4:bits,0>1 text16").unwrap();
        assert_eq!(plan.classes()[0].steps.len(), 2);
        assert_eq!(plan.classes()[0].size_at, Some(0));
        assert_eq!((plan.classes()[1].yields(), plan.classes()[1].absent), (2, 1));
    }
}
