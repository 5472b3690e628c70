"""Charts as SVG from the server: no script and no style of their own (WEB-01).

pygal writes both into its pictures, and a policy without `unsafe-inline` ignores them. They are
taken out; static/css/charts.css has the colours, and so knows dark mode.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 640, 260
SVG = "{http://www.w3.org/2000/svg}"
# What is named in the table below the chart, or does something only with a script.
TAKEN_OUT = {"style", "script", "title", "desc"}
LOOKS: Mapping[str, Any] = {
    "no_data_text": "",
    "truncate_label": -1,
    # Steps of whole numbers.
    "order_min": 0,
    "min_scale": 2,
    "max_scale": 6,
    "include_x_axis": True,
    "no_prefix": True,
    "disable_xml_declaration": True,
}


def bars(
    labels: Sequence[str], values: Sequence[int], *, said: str, lying: bool = False
) -> SafeString:
    """Bars, one for each label. said: read out in place of the picture. lying: for long labels."""
    # Loaded with the first picture: no page but that of the numbers draws any.
    import pygal  # noqa: PLC0415

    kind = pygal.HorizontalBar if lying else pygal.Bar
    chart = kind(js=[], css=[], width=WIDTH, height=HEIGHT, show_legend=False, **LOOKS)
    chart.x_labels = list(labels)
    # As many as there is room for.
    chart.x_labels_major_count = len(labels) if lying else min(len(labels), 8)
    chart.show_minor_x_labels = lying
    chart.value_formatter = lambda value: f"{value:g}"
    chart.add("", list(values))
    return _inline(chart.render_tree(), said)


def _inline(picture: Any, said: str) -> SafeString:
    root = ET.fromstring(ET.tostring(picture))  # noqa: S314  (made just now, by us)
    for parent in list(root.iter()):
        parent.attrib.pop("style", None)
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.removeprefix(SVG) in TAKEN_OUT:
                parent.remove(child)
    for name in ("id", "width", "height"):
        root.attrib.pop(name, None)
    root.attrib |= {"class": "chart", "role": "img", "aria-label": said}
    ET.register_namespace("", SVG.strip("{}"))
    return mark_safe(ET.tostring(root, encoding="unicode"))  # noqa: S308  (all text is escaped)
