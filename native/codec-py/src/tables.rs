//! What the native engine knows of one version: its plan, and the Python classes that go with it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use codec::Plan;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};

use crate::packet_in::{self, PacketInBase};

/// Finds things by the address of a Python object, which is kept alive beside the map.
pub(crate) type ByPointer<T> = HashMap<usize, T, BuildHasherDefault<PointerHasher>>;

/// Objects stand 16 bytes apart at least, and far apart from each other.
#[derive(Default)]
pub(crate) struct PointerHasher(u64);

impl Hasher for PointerHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8 | u64::from(byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_usize(&mut self, value: usize) {
        let value = u64::try_from(value).unwrap_or(0) >> 4;
        self.0 = value.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(20);
    }
}

/// The address of an object.
#[inline]
pub(crate) fn address(object: &Bound<'_, PyAny>) -> usize {
    object.as_ptr() as usize
}

/// A class by one layout (`openflow.layouts.plans.Shape`).
pub(crate) struct Shape {
    source: Py<PyAny>,
    pub(crate) class: usize,
    /// The fields that the steps yield, in their order, then those that the version lacks.
    pub(crate) names: Vec<Py<PyString>>,
    /// What the latter must hold.
    pub(crate) defaults: Vec<Py<PyAny>>,
    /// Fields that must hold one of these texts.
    pub(crate) constants: Vec<(Py<PyString>, Vec<String>)>,
    make: PyOnceLock<Py<PyAny>>,
    take: PyOnceLock<Py<PyAny>>,
    codec: PyOnceLock<Py<PyAny>>,
}

impl Shape {
    fn new(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = source.py();
        let interned = |name: &String| PyString::intern(py, name).unbind();
        let names: Vec<String> = source.getattr("names")?.extract()?;
        let constants: Vec<(String, Vec<String>)> = source.getattr("constants")?.extract()?;
        Ok(Self {
            class: address(&source.getattr("cls")?),
            names: names.iter().map(interned).collect(),
            defaults: source.getattr("defaults")?.extract()?,
            constants: constants.into_iter().map(|(name, of)| (interned(&name), of)).collect(),
            source: source.clone().unbind(),
            make: PyOnceLock::new(),
            take: PyOnceLock::new(),
            codec: PyOnceLock::new(),
        })
    }

    fn part<'a, 'py>(
        &self,
        py: Python<'py>,
        part: &'a PyOnceLock<Py<PyAny>>,
        name: &str,
    ) -> PyResult<&'a Bound<'py, PyAny>> {
        let get = || Ok::<_, PyErr>(self.source.bind(py).getattr(name)?.unbind());
        Ok(part.get_or_try_init(py, get)?.bind(py))
    }

    /// The function that makes an object.
    #[inline]
    pub(crate) fn make<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        self.part(py, &self.make, "make")
    }

    /// The function that gives an object's fields.
    #[inline]
    pub(crate) fn take<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        self.part(py, &self.take, "take")
    }

    /// The Python engine's codec.
    pub(crate) fn codec<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        self.part(py, &self.codec, "codec")
    }
}

/// The classes of a family.
pub(crate) struct Kinds {
    /// The members of each class; several are told apart by their constants.
    pub(crate) members: ByPointer<Vec<usize>>,
    pub(crate) raw: Py<PyType>,
}

/// What one version has.
pub(crate) struct Tables {
    pub(crate) plan: Plan,
    pub(crate) source: Py<PyAny>,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) kinds: Vec<Kinds>,
    pub(crate) messages: ByPointer<usize>,
    /// The names of match fields, and the fields by the addresses of these.
    pub(crate) names: Vec<Py<PyString>>,
    pub(crate) fields: ByPointer<usize>,
    pub(crate) match_of: Py<PyAny>,
    pub(crate) match_class: usize,
    pub(crate) any_packet: Py<PyAny>,
    usual: Usual,
}

/// How the usual packet-in is read.
struct Usual {
    places: Option<packet_in::Plan>,
    new: Py<PyAny>,
    class: Py<PyAny>,
}

impl Usual {
    fn new(py: Python<'_>, version: u8) -> PyResult<Self> {
        let class = py.import("openflow.messages.packets")?.getattr("PacketIn")?;
        let is_native = class.cast::<PyType>()?.is_subclass_of::<PacketInBase>()?;
        let plan = py.import("openflow.packet_in_plan")?.getattr("packet_in_plan")?;
        let plan = plan.call1((version,))?;
        let is_known = is_native && !plan.is_none();
        let places = if is_known { packet_in::Plan::new(version, &plan)? } else { None };
        Ok(Self { places, new: class.getattr("__new__")?.unbind(), class: class.unbind() })
    }
}

impl Tables {
    /// What `openflow.layouts.plans.Plan` says.
    pub(crate) fn new(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = source.py();
        let text: String = source.getattr("text")?.extract()?;
        let plan = Plan::parse(&text).map_err(|bad| PyValueError::new_err(bad.to_string()))?;
        let found: Vec<Bound<'_, PyAny>> = source.getattr("shapes")?.extract()?;
        let shapes = found.iter().map(Shape::new).collect::<PyResult<Vec<_>>>()?;
        let families: Vec<(Bound<'_, PyAny>, Py<PyType>)> =
            source.getattr("families")?.extract()?;
        if shapes.len() != plan.classes().len() || families.len() != plan.families().len() {
            return Err(PyValueError::new_err("a plan whose classes are not those of its text"));
        }
        let mut kinds = Vec::new();
        for (family, (_, raw)) in plan.families().iter().zip(families) {
            let mut members: ByPointer<Vec<usize>> = ByPointer::default();
            for (index, member) in family.members().iter().enumerate() {
                members.entry(shapes[member.class].class).or_default().push(index);
            }
            kinds.push(Kinds { members, raw });
        }
        let names: Vec<_> = plan
            .fields()
            .all()
            .iter()
            .map(|field| PyString::intern(py, &field.name).unbind())
            .collect();
        let fields = names.iter().enumerate();
        let fields = fields.map(|(index, name)| (address(name.bind(py)), index)).collect();
        let messages = plan.messages().iter().enumerate();
        let messages = messages.map(|(index, code)| (shapes[code.class].class, index)).collect();
        let matches = py.import("openflow.match")?;
        let class = matches.getattr("Match")?;
        let usual = Usual::new(py, plan.version())?;
        Ok(Self {
            plan,
            source: source.clone().unbind(),
            shapes,
            kinds,
            messages,
            names,
            fields,
            match_of: class.getattr("of")?.unbind(),
            match_class: address(&class),
            any_packet: matches.getattr("ANY_PACKET")?.unbind(),
            usual,
        })
    }

    /// A usual packet-in, whose fields are made when they are read; None for all else.
    #[inline]
    pub(crate) fn packet_in<'py>(
        &self,
        py: Python<'py>,
        message: &[u8],
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = self.usual.places.as_ref().and_then(|places| places.scan(message));
        let Some(fields) = found else { return Ok(None) };
        if usize::from(u16::from_be_bytes([message[2], message[3]])) != message.len() {
            return Ok(None);
        }
        let made = self.usual.new.bind(py).call1((&self.usual.class,))?;
        made.cast::<PacketInBase>()?.get().fill(&fields, message);
        Ok(Some(made))
    }
}
