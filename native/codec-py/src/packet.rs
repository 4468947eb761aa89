//! `Packet`: a frame taken apart, for Python. It has the attributes and says the values of
//! `openflow.packet.Packet`, which is its specification; one contract test runs on both.
//!
//! The Ethernet header is read from the bytes whenever it is asked for. All else is parsed once, when
//! it is first asked for, so that nobody pays for fields that nobody reads.

use std::fmt::Write as _;
use std::sync::OnceLock;

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

/// A frame, its headers located, its match fields as attributes.
#[pyclass(frozen, module = "openflow._codec")]
pub(crate) struct Packet {
    /// What the frame stands in, from `start` on to the end.
    bytes: Py<PyBytes>,
    start: usize,
    total_len: usize,
    seen: OnceLock<Box<Seen>>,
}

/// What has been asked for beyond the Ethernet header.
struct Seen {
    packet: packet::Packet,
    data: PyOnceLock<Py<PyAny>>,
    fields: PyOnceLock<Py<PyDict>>,
}

impl Packet {
    /// The frame that stands in a message from `start` to the end; it is copied only if somebody
    /// asks for `data`.
    pub(crate) const fn within(message: Py<PyBytes>, start: usize, total_len: usize) -> Self {
        Self { bytes: message, start, total_len, seen: OnceLock::new() }
    }

    #[inline]
    fn frame<'py>(&'py self, py: Python<'py>) -> &'py [u8] {
        self.bytes.bind(py).as_bytes().get(self.start..).unwrap_or_default()
    }

    fn seen(&self, py: Python<'_>) -> &Seen {
        self.seen.get_or_init(|| {
            let packet = parse(self.frame(py), self.length(py));
            Box::new(Seen { packet, data: PyOnceLock::new(), fields: PyOnceLock::new() })
        })
    }

    fn parsed(&self, py: Python<'_>) -> &packet::Packet {
        &self.seen(py).packet
    }

    fn layers(&self, py: Python<'_>) -> &Layers {
        &self.parsed(py).layers
    }

    /// The frame's length on the link.
    fn length(&self, py: Python<'_>) -> usize {
        self.total_len.max(self.frame(py).len())
    }

    #[inline]
    fn narrow(&self, py: Python<'_>, field: Field) -> Option<u64> {
        self.wide(py, field).and_then(|value| u64::try_from(value).ok())
    }

    #[inline]
    fn wide(&self, py: Python<'_>, field: Field) -> Option<u128> {
        self.parsed(py).key.get(field)
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
                fn $narrow(&self, py: Python<'_>) -> Option<u64> {
                    self.narrow(py, Field::$narrow_field)
                }
            )*
            $(
                #[getter]
                fn $wide(&self, py: Python<'_>) -> Option<u128> {
                    self.wide(py, Field::$wide_field)
                }
            )*
            $(
                #[getter]
                fn $offset(&self, py: Python<'_>) -> isize {
                    told(self.layers(py).$offset)
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
        let (py, total_len) = (data.py(), usize::try_from(total_len).unwrap_or(0));
        if let Ok(bytes) = data.cast::<PyBytes>() {
            return Ok(Self::within(bytes.clone().unbind(), 0, total_len));
        }
        let copy = PyBytes::new(py, &PyBuffer::<u8>::get(data)?.to_vec(py)?);
        let packet = Self::within(copy.unbind(), 0, total_len);
        let _ = packet.seen(py).data.set(py, data.clone().unbind());
        Ok(packet)
    }

    #[getter]
    fn data(&self, py: Python<'_>) -> Py<PyAny> {
        let given = self.seen.get().and_then(|seen| seen.data.get(py));
        match given {
            Some(data) => data.clone_ref(py),
            None if self.start == 0 => self.bytes.clone_ref(py).into_any(),
            None => {
                let copy = || PyBytes::new(py, self.frame(py)).into_any().unbind();
                self.seen(py).data.get_or_init(py, copy).clone_ref(py)
            }
        }
    }

    #[getter]
    fn total_len(&self, py: Python<'_>) -> usize {
        self.length(py)
    }

    #[getter]
    fn eth_dst(&self, py: Python<'_>) -> Option<u64> {
        address(self.frame(py), 0)
    }

    #[getter]
    fn eth_src(&self, py: Python<'_>) -> Option<u64> {
        address(self.frame(py), 6)
    }

    #[getter]
    fn vlan_vid(&self, py: Python<'_>) -> Option<u16> {
        let frame = self.frame(py);
        match u16_at(frame, 12)? {
            eth_type if is_tag(eth_type) => {
                let tci = u16_at(frame, 14)?;
                (frame.len() >= 18).then_some(OFPVID_PRESENT | tci & 0xfff)
            }
            _ => Some(0),
        }
    }

    #[getter]
    fn eth_type(&self, py: Python<'_>) -> Option<u64> {
        match u16_at(self.frame(py), 12)? {
            plain if plain >= MIN_ETH_TYPE && !is_tag(plain) => Some(plain.into()),
            _ => self.narrow(py, Field::EthType),
        }
    }

    #[getter]
    fn vlan_count(&self, py: Python<'_>) -> usize {
        self.layers(py).vlan_count
    }

    #[getter]
    fn vlan_offset(&self, py: Python<'_>) -> isize {
        if self.layers(py).vlan_count > 0 { 12 } else { -1 }
    }

    /// Return every match field that the frame has, by OXM name.
    fn fields(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let read = || -> PyResult<Py<PyDict>> {
            let fields = PyDict::new(py);
            let key = &self.parsed(py).key;
            for (name, &field) in names(py).iter().zip(ORDER) {
                match key.get(field) {
                    Some(value) if field.bits() == 128 => fields.set_item(name, value)?,
                    Some(value) => fields.set_item(name, u64::try_from(value)?)?,
                    None => {}
                }
            }
            Ok(fields.unbind())
        };
        Ok(self.seen(py).fields.get_or_try_init(py, read)?.clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let mut text = format!("<Packet {} bytes:", self.length(py));
        let key = &self.parsed(py).key;
        let mut comma = " ";
        for (field, value) in ORDER.iter().filter_map(|&field| Some((field, key.get(field)?))) {
            let _ = write!(text, "{comma}{}={value:#x}", field.name());
            comma = ", ";
        }
        text + if comma == " " { " >" } else { ">" }
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> (Bound<'py, PyType>, (Py<PyAny>, usize)) {
        (py.get_type::<Self>(), (self.data(py), self.length(py)))
    }
}
