//! `Packet`: a frame taken apart, for Python. It has the attributes and says the values of
//! `openflow.packet.Packet`, which is its specification; one contract test runs on both.
//!
//! The Ethernet header is at hand. All else is parsed once, when it is first asked for, so that nobody
//! pays for fields that nobody reads. A packet that nobody has any more may be filled again.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use packet::{Field, Layers, parse};
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString, PyType};

const ETHERNET_LEN: usize = 14;
const MIN_ETH_TYPE: u16 = 0x0600;
const OFPVID_PRESENT: u16 = 0x1000;

/// The fields in the order in which the Python class finds them.
const ORDER: &[Field] = &[
    Field::EthDst,
    Field::EthSrc,
    Field::VlanVid,
    Field::VlanPcp,
    Field::EthType,
    Field::MplsLabel,
    Field::MplsTc,
    Field::MplsBos,
    Field::PbbIsid,
    Field::ArpOp,
    Field::ArpSpa,
    Field::ArpTpa,
    Field::ArpSha,
    Field::ArpTha,
    Field::IpDscp,
    Field::IpEcn,
    Field::Ipv6Src,
    Field::Ipv6Dst,
    Field::Ipv6Flabel,
    Field::IpProto,
    Field::Ipv6Exthdr,
    Field::Ipv4Src,
    Field::Ipv4Dst,
    Field::TcpSrc,
    Field::TcpDst,
    Field::UdpSrc,
    Field::UdpDst,
    Field::SctpSrc,
    Field::SctpDst,
    Field::Icmpv4Type,
    Field::Icmpv4Code,
    Field::Icmpv6Type,
    Field::Icmpv6Code,
    Field::Ipv6NdTarget,
    Field::Ipv6NdSll,
    Field::Ipv6NdTll,
];

/// Says that there is no such field, in `Head`.
const ABSENT: u64 = u64::MAX;

/// The fields that nearly everybody reads, at hand.
struct Head {
    eth_dst: AtomicU64,
    eth_src: AtomicU64,
    vlan_vid: AtomicU64,
}

impl Head {
    fn of(frame: &[u8]) -> Self {
        let head = Self { eth_dst: ABSENT.into(), eth_src: ABSENT.into(), vlan_vid: ABSENT.into() };
        head.read(frame);
        head
    }

    #[inline]
    fn read(&self, frame: &[u8]) {
        self.eth_dst.store(address(frame, 0).unwrap_or(ABSENT), Relaxed);
        self.eth_src.store(address(frame, 6).unwrap_or(ABSENT), Relaxed);
        self.vlan_vid.store(vlan_vid(frame).map_or(ABSENT, u64::from), Relaxed);
    }
}

#[inline]
fn told_of(field: &AtomicU64) -> Option<u64> {
    Some(field.load(Relaxed)).filter(|&value| value != ABSENT)
}

/// The frame, and what has been made of it.
struct Body {
    frame: Vec<u8>,
    total_len: usize,
    data: Option<Py<PyAny>>,
    parsed: Option<Arc<packet::Packet>>,
    fields: Option<Py<PyDict>>,
}

/// A frame, its headers located, its match fields as attributes.
#[pyclass(frozen, module = "openflow._codec")]
pub(crate) struct Packet {
    head: Head,
    body: Mutex<Body>,
}

impl Packet {
    /// A frame, and its length on the link if that is more.
    pub(crate) fn of(frame: &[u8], total_len: usize) -> Self {
        let head = Head::of(frame);
        let frame = frame.to_vec();
        let body = Body { frame, total_len, data: None, parsed: None, fields: None };
        Self { head, body: Mutex::new(body) }
    }

    /// Be another frame, for whoever is the only one who has this.
    pub(crate) fn refill(&self, frame: &[u8], total_len: usize) {
        self.head.read(frame);
        let mut body = self.body();
        body.frame.clear();
        body.frame.extend_from_slice(frame);
        body.total_len = total_len;
        body.parsed = None;
        let made = (body.data.take(), body.fields.take());
        drop(body);
        drop(made);
    }

    fn body(&self) -> MutexGuard<'_, Body> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn parsed(&self) -> Arc<packet::Packet> {
        let body = &mut *self.body();
        let (frame, length) = (&body.frame, body.total_len.max(body.frame.len()));
        Arc::clone(body.parsed.get_or_insert_with(|| Arc::new(parse(frame, length))))
    }

    fn layers(&self) -> Layers {
        self.parsed().layers
    }

    /// The frame's length on the link.
    fn length(&self) -> usize {
        let body = self.body();
        body.total_len.max(body.frame.len())
    }

    #[inline]
    fn narrow(&self, field: Field) -> Option<u64> {
        self.wide(field).and_then(|value| u64::try_from(value).ok())
    }

    #[inline]
    fn wide(&self, field: Field) -> Option<u128> {
        self.parsed().key.get(field)
    }
}

/// An Ethernet address of a frame that has a whole header.
#[inline]
fn address(frame: &[u8], at: usize) -> Option<u64> {
    let header = frame.first_chunk::<ETHERNET_LEN>()?;
    let mut bytes = [0; 8];
    bytes[2..].copy_from_slice(&header[at..at + 6]);
    Some(u64::from_be_bytes(bytes))
}

/// The outer VLAN's id, `OFPVID_NONE` for none; absent when the tags are not there in full.
#[inline]
fn vlan_vid(frame: &[u8]) -> Option<u16> {
    match u16_at(frame, 12)? {
        eth_type if is_tag(eth_type) => {
            let tci = u16_at(frame, 14)?;
            (frame.len() >= 18).then_some(OFPVID_PRESENT | tci & 0xfff)
        }
        _ => Some(0),
    }
}

#[inline]
fn u16_at(frame: &[u8], at: usize) -> Option<u16> {
    let bytes = frame.get(at..at + 2)?;
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

const fn is_tag(eth_type: u16) -> bool {
    matches!(eth_type, 0x8100 | 0x88a8)
}

/// An offset as the Python class says it: -1 for what is not there.
fn told(offset: Option<usize>) -> isize {
    offset.and_then(|offset| isize::try_from(offset).ok()).unwrap_or(-1)
}

/// The names of the fields in their order, as Python has them.
fn names(py: Python<'_>) -> &'static [Py<PyString>] {
    static NAMES: PyOnceLock<Vec<Py<PyString>>> = PyOnceLock::new();
    let intern = |field: &Field| PyString::intern(py, field.name()).unbind();
    NAMES.get_or_init(py, || ORDER.iter().map(intern).collect())
}

/// Declares the methods: those written out, and a getter for each field that takes no shortcut.
macro_rules! methods {
    (
        narrow: $($narrow:ident = $narrow_field:ident),*;
        wide: $($wide:ident = $wide_field:ident),*;
        offsets: $($offset:ident),*;
        $($written:tt)*
    ) => {
        #[pymethods]
        impl Packet {
            $(
                #[getter]
                fn $narrow(&self) -> Option<u64> {
                    self.narrow(Field::$narrow_field)
                }
            )*
            $(
                #[getter]
                fn $wide(&self) -> Option<u128> {
                    self.wide(Field::$wide_field)
                }
            )*
            $(
                #[getter]
                fn $offset(&self) -> isize {
                    told(self.layers().$offset)
                }
            )*
            $($written)*
        }
    };
}

methods! {
    narrow:
        vlan_pcp = VlanPcp, mpls_label = MplsLabel, mpls_tc = MplsTc, mpls_bos = MplsBos,
        pbb_isid = PbbIsid, arp_op = ArpOp, arp_spa = ArpSpa, arp_tpa = ArpTpa, arp_sha = ArpSha,
        arp_tha = ArpTha, ip_dscp = IpDscp, ip_ecn = IpEcn, ip_proto = IpProto,
        ipv4_src = Ipv4Src, ipv4_dst = Ipv4Dst, ipv6_flabel = Ipv6Flabel,
        ipv6_exthdr = Ipv6Exthdr, tcp_src = TcpSrc, tcp_dst = TcpDst, udp_src = UdpSrc,
        udp_dst = UdpDst, sctp_src = SctpSrc, sctp_dst = SctpDst, icmpv4_type = Icmpv4Type,
        icmpv4_code = Icmpv4Code, icmpv6_type = Icmpv6Type, icmpv6_code = Icmpv6Code,
        ipv6_nd_sll = Ipv6NdSll, ipv6_nd_tll = Ipv6NdTll;
    wide: ipv6_src = Ipv6Src, ipv6_dst = Ipv6Dst, ipv6_nd_target = Ipv6NdTarget;
    offsets: eth_type_offset, l3_offset, l3_end, l4_offset, nd_lladdr_offset;

    #[new]
    #[pyo3(signature = (data, total_len = 0))]
    fn new(data: &Bound<'_, PyAny>, total_len: isize) -> PyResult<Self> {
        let total_len = usize::try_from(total_len).unwrap_or(0);
        let packet = match data.cast::<PyBytes>() {
            Ok(bytes) => Self::of(bytes.as_bytes(), total_len),
            Err(_) => Self::of(&PyBuffer::<u8>::get(data)?.to_vec(data.py())?, total_len),
        };
        packet.body().data = Some(data.clone().unbind());
        Ok(packet)
    }

    #[getter]
    fn data(&self, py: Python<'_>) -> Py<PyAny> {
        let body = &mut *self.body();
        let copy = || PyBytes::new(py, &body.frame).into_any().unbind();
        body.data.get_or_insert_with(copy).clone_ref(py)
    }

    #[getter]
    fn total_len(&self) -> usize {
        self.length()
    }

    #[getter]
    fn eth_dst(&self) -> Option<u64> {
        told_of(&self.head.eth_dst)
    }

    #[getter]
    fn eth_src(&self) -> Option<u64> {
        told_of(&self.head.eth_src)
    }

    #[getter]
    fn vlan_vid(&self) -> Option<u64> {
        told_of(&self.head.vlan_vid)
    }

    #[getter]
    fn eth_type(&self) -> Option<u64> {
        let plain = u16_at(&self.body().frame, 12)?;
        if plain >= MIN_ETH_TYPE && !is_tag(plain) {
            Some(plain.into())
        } else {
            self.narrow(Field::EthType)
        }
    }

    #[getter]
    fn vlan_count(&self) -> usize {
        self.layers().vlan_count
    }

    #[getter]
    fn vlan_offset(&self) -> isize {
        if self.layers().vlan_count > 0 { 12 } else { -1 }
    }

    /// Return every match field that the frame has, by OXM name.
    fn fields(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        if let Some(fields) = &self.body().fields {
            return Ok(fields.clone_ref(py));
        }
        let fields = PyDict::new(py);
        let parsed = self.parsed();
        for (name, &field) in names(py).iter().zip(ORDER) {
            match parsed.key.get(field) {
                Some(value) if field.bits() == 128 => fields.set_item(name, value)?,
                Some(value) => fields.set_item(name, u64::try_from(value)?)?,
                None => {}
            }
        }
        let mut body = self.body();
        Ok(body.fields.get_or_insert(fields.unbind()).clone_ref(py))
    }

    fn __repr__(&self) -> String {
        let mut text = format!("<Packet {} bytes:", self.length());
        let parsed = self.parsed();
        let mut comma = " ";
        for (field, value) in
            ORDER.iter().filter_map(|&field| Some((field, parsed.key.get(field)?)))
        {
            let _ = write!(text, "{comma}{}={value:#x}", field.name());
            comma = ", ";
        }
        text + if comma == " " { " >" } else { ">" }
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (Py<PyAny>, usize)) {
        (py.get_type::<Self>(), (self.data(py), self.length()))
    }
}
