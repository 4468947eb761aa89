//! Running the layouts to read: bytes to whatever a [`Make`] makes of them.
//!
//! Every step says how many bytes it takes and yields its values onto a stack; a class takes what its
//! steps yielded and makes an object of it. Nothing here panics or recurses without bound, whatever the
//! bytes; what is wrong with them is told by the Python engine, which reads them again.

use crate::bytes::{uint, wide};
use crate::fixed_match;
use crate::framing::HEADER_SIZE;
use crate::model::{Entry, Make, Refused};
use crate::plan::{Class, Family, MAX_COUNTS, MessageType, Plan, Step, Type};

/// How often elements of a family may stand in each other (`MAX_DEPTH` in `openflow/layouts/engine.py`).
pub(crate) const MAX_DEPTH: u8 = 9;

/// The version from which on `SET_FIELD` takes a mask.
pub(crate) const MASKED_SINCE: u8 = 6;

/// Read one whole message of the plan's version.
///
/// # Errors
///
/// [`Refused`] when the bytes are no message, or none that is read here; what the model says otherwise.
pub fn read_message<M: Make>(plan: &Plan, make: &M, data: &[u8]) -> Result<M::Value, M::Error> {
    let head = data.first_chunk::<HEADER_SIZE>().ok_or(Refused)?;
    if usize::from(u16::from_be_bytes([head[2], head[3]])) != data.len() {
        return Err(Refused.into());
    }
    let known = plan.messages.get(&head[1]).ok_or(Refused)?;
    let (index, start) = find(known, data).ok_or(Refused)?;
    let class = &plan.classes[index];
    if class.is_foreign {
        return Err(Refused.into());
    }
    let mut reader = Reader { plan, data, make, stack: Vec::with_capacity(16), depths: Vec::new() };
    if reader.steps(class, start, data.len())? != data.len() {
        return Err(Refused.into());
    }
    let xid = make.int(uint(&head[4..]));
    reader.stack.push(xid);
    make.object(index, reader.stack.drain(..))
}

/// The class of a message, and where its body begins.
fn find(known: &MessageType, data: &[u8]) -> Option<(usize, usize)> {
    let (part, start) = if known.plain.is_some() {
        (None, HEADER_SIZE)
    } else {
        let part = data.get(HEADER_SIZE..HEADER_SIZE + 2)?;
        (Some(u16::from_be_bytes([part[0], part[1]])), HEADER_SIZE + 2)
    };
    for vendor in known.vendors.iter().filter(|vendor| vendor.part == part) {
        let numbers = data.get(vendor.offset..).and_then(<[u8]>::first_chunk::<8>);
        let expected = [vendor.numbers.0.to_be_bytes(), vendor.numbers.1.to_be_bytes()].concat();
        if numbers.is_some_and(|numbers| numbers[..] == expected[..]) {
            return Some((vendor.class, start));
        }
    }
    let class = match part {
        None => known.plain?,
        Some(part) => *known.parts.get(&part)?,
    };
    Some((class, start))
}

struct Reader<'a, M: Make> {
    plan: &'a Plan,
    data: &'a [u8],
    make: &'a M,
    stack: Vec<M::Value>,
    /// How many elements of each family we are in.
    depths: Vec<u8>,
}

impl<M: Make> Reader<'_, M> {
    /// An object that begins at `start`, and where it stops.
    fn class(
        &mut self,
        index: usize,
        start: usize,
        end: usize,
    ) -> Result<(M::Value, usize), M::Error> {
        let class = &self.plan.classes[index];
        if class.is_foreign {
            return self.make.foreign(index, self.data, start, end);
        }
        let base = self.stack.len();
        let position = self.steps(class, start, end)?;
        let value = self.make.object(index, self.stack.drain(base..))?;
        Ok((value, position))
    }

    /// Push what the steps yield; where they stop.
    fn steps(&mut self, class: &Class, start: usize, end: usize) -> Result<usize, M::Error> {
        let end = match class.size_at {
            Some(at) => self.own_end(start, end, at)?,
            None => end,
        };
        let mut counts = [0; MAX_COUNTS];
        let mut position = start;
        for step in &class.steps {
            position = self.step(step, position, end, &mut counts)?;
        }
        if class.size_at.is_some() && position != end {
            return Err(Refused.into());
        }
        Ok(position)
    }

    fn own_end(&self, start: usize, end: usize, at: usize) -> Result<usize, Refused> {
        let size = usize::try_from(uint(self.take(start + at, 2, end)?)).map_err(|_| Refused)?;
        if size < at + 2 || start + size > end {
            return Err(Refused);
        }
        Ok(start + size)
    }

    #[inline]
    fn take(&self, position: usize, size: usize, end: usize) -> Result<&[u8], Refused> {
        self.data.get(..end).and_then(|data| data.get(position..position + size)).ok_or(Refused)
    }

    #[inline]
    fn step(
        &mut self,
        step: &Step,
        position: usize,
        end: usize,
        counts: &mut [usize; MAX_COUNTS],
    ) -> Result<usize, M::Error> {
        let make = self.make;
        match step {
            Step::Int(size, translation) => {
                let bytes = self.take(position, *size, end)?;
                let value = if *size > 8 {
                    make.wide(wide(bytes))
                } else {
                    make.int(translation.decode(uint(bytes)))
                };
                self.stack.push(value);
                Ok(position + size)
            }
            Step::Rest => {
                let value = make.bytes(self.data.get(position..end).ok_or(Refused)?);
                self.stack.push(value);
                Ok(end)
            }
            Step::Many(of, count) => {
                let until = bound(*count, counts, position, end)?;
                self.many(*of, position, until)?;
                Ok(until)
            }
            Step::Ints(size, count) => {
                let until = bound(*count, counts, position, end)?;
                self.ints(*size, position, until)?;
                Ok(until)
            }
            Step::One(of) => {
                let (value, position) = self.one(*of, position, end)?;
                self.stack.push(value);
                Ok(position)
            }
            Step::Align(size, slot) => {
                let position = position + counts[*slot].next_multiple_of(*size) - counts[*slot];
                if position > end { Err(Refused.into()) } else { Ok(position) }
            }
            Step::Count(slot) => {
                counts[*slot] = usize::try_from(uint(self.take(position, 2, end)?)).unwrap_or(0);
                Ok(position + 2)
            }
            _ => self.form(step, position, end),
        }
    }

    /// The steps that are seldom, and those that are matches.
    fn form(&mut self, step: &Step, position: usize, end: usize) -> Result<usize, M::Error> {
        let make = self.make;
        match step {
            Step::Text(size) => {
                let bytes = self.take(position, *size, end)?;
                let length = bytes.iter().position(|&byte| byte == 0).unwrap_or(*size);
                let value = make.text(&bytes[..length])?;
                self.stack.push(value);
                Ok(position + size)
            }
            Step::Bytes(size) => {
                let value = make.bytes(self.take(position, *size, end)?);
                self.stack.push(value);
                Ok(position + size)
            }
            Step::FixedMatch => {
                let bytes = self.take(position, fixed_match::SIZE, end)?;
                let bytes = bytes.first_chunk().ok_or(Refused)?;
                let value = self.plan.slots.read(make, bytes)?;
                self.stack.push(value);
                Ok(position + fixed_match::SIZE)
            }
            Step::Oxm => {
                let fields = &self.plan.fields;
                let (entries, _, following) =
                    fields.read_match(make, self.data, position, end, None)?;
                self.stack.push(make.matching(entries, None)?);
                Ok(following)
            }
            Step::OxmPort => {
                let fields = &self.plan.fields;
                let port = fields.find("in_port");
                let (entries, port, following) =
                    fields.read_match(make, self.data, position, end, port)?;
                self.stack.push(make.int(u64::try_from(port).map_err(|_| Refused)?));
                self.stack.push(make.matching(entries, None)?);
                Ok(following)
            }
            Step::OxmField => self.oxm_field(position, end),
            Step::Error => {
                let bytes = self.take(position, 4, end)?;
                let code = u16::from_be_bytes([bytes[0], bytes[1]]);
                let value = make.error(code, u16::from_be_bytes([bytes[2], bytes[3]]))?;
                self.stack.push(value);
                Ok(position + 4)
            }
            Step::Applied(actions) => self.applied(*actions, position, end),
            Step::Fill => self.fill(position, end),
            _ => {
                let size = step.width().ok_or(Refused)?;
                self.take(position, size, end)?;
                Ok(position + size)
            }
        }
    }

    fn one(&mut self, of: Type, start: usize, end: usize) -> Result<(M::Value, usize), M::Error> {
        match of {
            Type::Class(index) => self.class(index, start, end),
            Type::Family(index) => self.element(index, start, end),
        }
    }

    fn many(&mut self, of: Type, mut position: usize, stop: usize) -> Result<(), M::Error> {
        let base = self.stack.len();
        while position < stop {
            let (value, following) = self.one(of, position, stop)?;
            self.stack.push(value);
            // An element that takes no bytes would come again for ever.
            if following <= position {
                return Err(Refused.into());
            }
            position = following;
        }
        let list = self.make.list(self.stack.drain(base..))?;
        self.stack.push(list);
        Ok(())
    }

    fn ints(&mut self, size: usize, start: usize, stop: usize) -> Result<(), M::Error> {
        let bytes = self.data.get(start..stop).ok_or(Refused)?;
        if bytes.len() % size != 0 {
            return Err(Refused.into());
        }
        let base = self.stack.len();
        let make = self.make;
        self.stack.extend(bytes.chunks_exact(size).map(|bytes| make.int(uint(bytes))));
        let list = make.list(self.stack.drain(base..))?;
        self.stack.push(list);
        Ok(())
    }

    /// An element of a family: type, length, what the type says, padding.
    fn element(
        &mut self,
        index: usize,
        start: usize,
        end: usize,
    ) -> Result<(M::Value, usize), M::Error> {
        let family = &self.plan.families[index];
        let head = self.take(start, 4, end)?;
        let (first, second) =
            (u16::from_be_bytes([head[0], head[1]]), u16::from_be_bytes([head[2], head[3]]));
        let (code, length) = if family.length_first { (second, first) } else { (first, second) };
        let length = usize::from(length);
        let stop = start + length;
        let padding = length.next_multiple_of(family.alignment) - length;
        let following = if family.padded_length { stop } else { stop + padding };
        if length < 4 || following > end || family.padded_length && padding > 0 {
            return Err(Refused.into());
        }
        let Some(member) = self.member(family, code, start + 4, stop) else {
            let value = self.make.raw(index, code, &self.data[start + 4..stop])?;
            return Ok((value, following));
        };
        self.enter(index)?;
        let (value, position) = self.class(family.members[member].class, start + 4, stop)?;
        self.depths[index] -= 1;
        if position != stop {
            return Err(Refused.into());
        }
        Ok((value, following))
    }

    fn enter(&mut self, family: usize) -> Result<(), Refused> {
        self.depths.resize(self.plan.families.len(), 0);
        self.depths[family] += 1;
        if self.depths[family] > MAX_DEPTH { Err(Refused) } else { Ok(()) }
    }

    /// Which member has this code, and these numbers behind it if it is an experimenter's.
    fn member(&self, family: &Family, code: u16, start: usize, stop: usize) -> Option<usize> {
        if family.vendors.contains(&code) {
            let numbers = self.take(start, 4 + family.subtype_size, stop).ok();
            let key = numbers.map(|numbers| {
                let (experimenter, subtype) = numbers.split_at(4);
                let narrow = |bytes| u32::try_from(uint(bytes)).unwrap_or(0);
                (code, narrow(experimenter), narrow(subtype))
            });
            if let Some(member) = key.and_then(|key| family.by_subtype.get(&key)) {
                return Some(*member);
            }
        }
        family.by_code.get(&code).copied()
    }

    /// The one field of `SET_FIELD`: its name and its value, then zeros.
    fn oxm_field(&mut self, position: usize, end: usize) -> Result<usize, M::Error> {
        let found = self.plan.fields.read(self.data, position, end)?;
        if matches!(found.entry, Entry::Masked(..)) && self.plan.version < MASKED_SINCE {
            return Err(Refused.into());
        }
        let value = self.make.entry(found.entry)?;
        self.stack.push(self.make.name(found.name.as_name()));
        self.stack.push(value);
        self.fill(found.following, end)
    }

    /// 1.0's actions of a flow entry, which are one `ApplyActions`; none of them is no instruction.
    fn applied(&mut self, actions: usize, position: usize, end: usize) -> Result<usize, M::Error> {
        let base = self.stack.len();
        if position < end {
            let class = self.plan.applied.ok_or(Refused)?;
            self.many(Type::Family(actions), position, end)?;
            let value = self.make.object(class, self.stack.drain(base..))?;
            self.stack.push(value);
        }
        let list = self.make.list(self.stack.drain(base..))?;
        self.stack.push(list);
        Ok(end)
    }

    fn fill(&self, position: usize, end: usize) -> Result<usize, M::Error> {
        let rest = self.data.get(position..end).ok_or(Refused)?;
        if rest.len() > 7 || rest.iter().any(|&byte| byte != 0) {
            return Err(Refused.into());
        }
        Ok(end)
    }
}

/// Where a list stops: at the end, or where the length says that was read before.
fn bound(
    count: Option<usize>,
    counts: &[usize; MAX_COUNTS],
    position: usize,
    end: usize,
) -> Result<usize, Refused> {
    let Some(slot) = count else { return Ok(end) };
    let stop = position + counts[slot];
    if stop > end { Err(Refused) } else { Ok(stop) }
}
