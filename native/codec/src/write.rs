//! Running the layouts to write: what a [`Take`] takes apart to bytes.

use crate::bytes::{patch, put, put_small, zeros};
use crate::framing::HEADER_SIZE;
use crate::model::{Entry, Kind, Name, Refused, Take};
use crate::plan::{MAX_COUNTS, Plan, Step, Type};
use crate::read::{MASKED_SINCE, MAX_DEPTH};
use crate::translate::Translation;

/// Append one message, the `code`th of the plan's.
///
/// # Errors
///
/// [`Refused`] when it cannot be written, or not here, or takes more than 65535 bytes; what the model says
/// otherwise. The buffer then has its old length.
pub fn write_message<T: Take>(
    plan: &Plan,
    take: &T,
    code: usize,
    message: T::Value<'_>,
    xid: u32,
    out: &mut Vec<u8>,
) -> Result<(), T::Error> {
    let start = out.len();
    let result = message_at(plan, take, code, message, xid, out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

fn message_at<T: Take>(
    plan: &Plan,
    take: &T,
    code: usize,
    message: T::Value<'_>,
    xid: u32,
    out: &mut Vec<u8>,
) -> Result<(), T::Error> {
    let start = out.len();
    let code = plan.codes.get(code).ok_or(Refused)?;
    out.extend_from_slice(&[plan.version, code.code, 0, 0]);
    out.extend_from_slice(&xid.to_be_bytes());
    if let Some(part) = code.part {
        out.extend_from_slice(&part.to_be_bytes());
    }
    debug_assert_eq!(out.len() - start, HEADER_SIZE + if code.part.is_some() { 2 } else { 0 });
    if plan.classes[code.class].is_foreign {
        return Err(Refused.into());
    }
    Writer { plan, take, out, depths: Vec::new() }.class(code.class, message)?;
    let length = out.len() - start;
    Ok(patch(out, start + 2, length)?)
}

struct Writer<'a, T: Take> {
    plan: &'a Plan,
    take: &'a T,
    out: &'a mut Vec<u8>,
    /// How many elements of each family we are in.
    depths: Vec<u8>,
}

impl<T: Take> Writer<'_, T> {
    fn class(&mut self, index: usize, value: T::Value<'_>) -> Result<(), T::Error> {
        let class = &self.plan.classes[index];
        if class.is_foreign {
            return self.take.foreign(index, value, self.out);
        }
        let record = self.take.record(index, value)?;
        let yields = class.yields;
        for absent in yields..yields + class.absent {
            if !self.take.is_default(index, &record, absent)? {
                return Err(Refused.into());
            }
        }
        let start = self.out.len();
        let mut counts = [0; MAX_COUNTS];
        let mut next = 0;
        for step in &class.steps {
            self.step(step, &record, &mut next, &mut counts)?;
        }
        if let Some(at) = class.size_at {
            let length = self.out.len() - start;
            patch(self.out, start + at, length)?;
        }
        Ok(())
    }

    #[inline]
    fn step(
        &mut self,
        step: &Step,
        record: &T::Record,
        next: &mut usize,
        counts: &mut [usize; MAX_COUNTS],
    ) -> Result<(), T::Error> {
        let take = self.take;
        match step {
            Step::Pad(size) => zeros(*size, self.out),
            Step::Size => zeros(2, self.out),
            Step::Literal(bytes) => self.out.extend_from_slice(bytes),
            Step::Fill => {}
            Step::Count(slot) => {
                counts[*slot] = self.out.len();
                zeros(2, self.out);
            }
            Step::Align(size, slot) => {
                let at = counts[*slot];
                let length = usize::from(u16::from_be_bytes([self.out[at], self.out[at + 1]]));
                zeros(length.next_multiple_of(*size) - length, self.out);
            }
            _ => {
                let first = *next;
                *next += step.yields();
                let value = take.field(record, first)?;
                match step {
                    Step::Int(size, translation) => self.int(*size, translation, value)?,
                    Step::Many(of, count) => {
                        let before = self.out.len();
                        self.many(*of, value)?;
                        self.count(*count, counts, before)?;
                    }
                    Step::Ints(size, count) => {
                        let before = self.out.len();
                        self.ints(*size, value)?;
                        self.count(*count, counts, before)?;
                    }
                    Step::OxmPort | Step::OxmField => {
                        let second = take.field(record, first + 1)?;
                        if matches!(step, Step::OxmPort) {
                            self.oxm_port(value, second)?;
                        } else {
                            self.oxm_field(value, second)?;
                        }
                    }
                    _ => self.form(step, value)?,
                }
            }
        }
        Ok(())
    }

    fn form(&mut self, step: &Step, value: T::Value<'_>) -> Result<(), T::Error> {
        let take = self.take;
        match step {
            Step::Rest => self.out.extend_from_slice(take.bytes(value)?),
            Step::Text(size) => {
                let text = take.text(value)?;
                if text.len() > *size || text.contains(&0) {
                    return Err(Refused.into());
                }
                self.out.extend_from_slice(text);
                zeros(size - text.len(), self.out);
            }
            Step::Bytes(size) => {
                let bytes = take.bytes(value)?;
                if bytes.len() != *size {
                    return Err(Refused.into());
                }
                self.out.extend_from_slice(bytes);
            }
            Step::One(of) => self.one(*of, value)?,
            Step::FixedMatch => {
                self.plan.slots.write(take, &self.plan.fields, value, self.out)?;
            }
            Step::Oxm => self.oxm(value, None)?,
            Step::Error => {
                let (code, detail) = take.error(value)?;
                self.out.extend_from_slice(&code.to_be_bytes());
                self.out.extend_from_slice(&detail.to_be_bytes());
            }
            Step::Applied(actions) => self.applied(*actions, value)?,
            _ => return Err(Refused.into()),
        }
        Ok(())
    }

    #[inline]
    fn int(
        &mut self,
        size: usize,
        translation: &Translation,
        value: T::Value<'_>,
    ) -> Result<(), T::Error> {
        if size > 8 {
            return Ok(put(self.take.wide(value)?, size, self.out)?);
        }
        let neutral = self.take.int(value)?;
        let wire = match translation {
            Translation::Same => neutral,
            _ => translation.encode(neutral).ok_or(Refused)?,
        };
        Ok(put_small(wire, size, self.out)?)
    }

    fn one(&mut self, of: Type, value: T::Value<'_>) -> Result<(), T::Error> {
        match of {
            Type::Class(index) => self.class(index, value),
            Type::Family(index) => self.element(index, value),
        }
    }

    fn many(&mut self, of: Type, value: T::Value<'_>) -> Result<(), T::Error> {
        let take = self.take;
        take.items(value, |item| self.one(of, item))
    }

    fn ints(&mut self, size: usize, value: T::Value<'_>) -> Result<(), T::Error> {
        let take = self.take;
        take.items(value, |item| self.int(size, &Translation::Same, item))
    }

    /// Fill in the length that was reserved before.
    fn count(
        &mut self,
        count: Option<usize>,
        counts: &[usize; MAX_COUNTS],
        before: usize,
    ) -> Result<(), Refused> {
        let Some(slot) = count else { return Ok(()) };
        let length = self.out.len() - before;
        patch(self.out, counts[slot], length)
    }

    /// An element of a family: type, length, what the type says, padding.
    fn element(&mut self, index: usize, value: T::Value<'_>) -> Result<(), T::Error> {
        let family = &self.plan.families[index];
        let take = self.take;
        let start = self.out.len();
        let length_at = if family.length_first { 0 } else { 2 };
        zeros(4, self.out);
        let code = match take.kind(index, value)? {
            Kind::Raw => take.raw(index, value, self.out)?,
            Kind::Member(member) => {
                let member = family.members.get(member).ok_or(Refused)?;
                self.enter(index)?;
                self.class(member.class, value)?;
                self.depths[index] -= 1;
                member.code
            }
        };
        let mut length = self.out.len() - start;
        let padding = length.next_multiple_of(family.alignment) - length;
        zeros(padding, self.out);
        if family.padded_length {
            length += padding;
        }
        let code_at = start + 2 - length_at;
        self.out[code_at..code_at + 2].copy_from_slice(&code.to_be_bytes());
        Ok(patch(self.out, start + length_at, length)?)
    }

    fn enter(&mut self, family: usize) -> Result<(), Refused> {
        self.depths.resize(self.plan.families.len(), 0);
        self.depths[family] += 1;
        if self.depths[family] > MAX_DEPTH { Err(Refused) } else { Ok(()) }
    }

    /// An `ofp_match`; with `port`, that is its first entry, and another one is refused.
    fn oxm(&mut self, value: T::Value<'_>, port: Option<u64>) -> Result<(), T::Error> {
        let Self { plan, take, out, .. } = self;
        let start = out.len();
        out.extend_from_slice(&[0, 1, 0, 0]);
        let own = port.map(|port| (plan.fields.find("in_port"), u128::from(port)));
        if let Some((field, port)) = own {
            plan.fields.write(Name::Known(field.ok_or(Refused)?), Entry::Exact(port), out)?;
        }
        take.entries(value, |name, entry| match own {
            Some((Some(field), port)) if name == Name::Known(field) => {
                if entry == Entry::Exact(port) { Ok(()) } else { Err(Refused.into()) }
            }
            _ => Ok(plan.fields.write(name, entry, out)?),
        })?;
        let length = out.len() - start;
        patch(out, start + 2, length)?;
        zeros(length.next_multiple_of(8) - length, out);
        Ok(())
    }

    fn oxm_port(&mut self, port: T::Value<'_>, value: T::Value<'_>) -> Result<(), T::Error> {
        let port = self.take.int(port)?;
        self.oxm(value, Some(port))
    }

    fn oxm_field(&mut self, name: T::Value<'_>, value: T::Value<'_>) -> Result<(), T::Error> {
        let Self { plan, take, out, .. } = self;
        take.entry(name, value, |name, entry| {
            if matches!(entry, Entry::Masked(..)) && plan.version < MASKED_SINCE {
                return Err(Refused.into());
            }
            Ok(plan.fields.write(name, entry, out)?)
        })
    }

    /// One list of actions, a single `ApplyActions`, or none.
    fn applied(&mut self, actions: usize, value: T::Value<'_>) -> Result<(), T::Error> {
        let take = self.take;
        let class = self.plan.applied.ok_or(Refused)?;
        let mut count = 0;
        take.items(value, |item| {
            count += 1;
            if count > 1 {
                return Err(Refused.into());
            }
            let record = take.record(class, item)?;
            let list = take.field(&record, 0)?;
            self.many(Type::Family(actions), list)
        })
    }
}
