"""Works with a server as QGIS does, and prints what it met as one JSON document.

Runs in the Python that Debian's `python3-qgis` is made for, not in ours:
  LANGBIANG_PASSWORD=… QT_QPA_PLATFORM=offscreen /usr/bin/python3 tests/conformance/qgis_client.py http://127.0.0.1:8000
"""

import json
import os
import sys
from urllib.request import urlopen

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsMapBoxGlStyleConverter,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsVectorDataProvider,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

WINDOW = QgsRectangle(108.399, 11.895, 108.42, 11.97)
CENTRE = QgsPointXY(108.44, 11.94)


def opened(root, name, subset="", more=""):
    """The collection as a layer, read in pages of 50; fails where QGIS cannot."""
    source = f"url='{root}/ogc' typename='{name}' version='OGC_API_FEATURES' pagingEnabled='true' pageSize='50' {more}"
    layer = QgsVectorLayer(source, name, "OAPIF")
    assert layer.isValid(), layer.error().message()
    assert not subset or layer.setSubsetString(subset), subset
    return layer


def names(layer, request=None):
    return sorted(one["name"] for one in layer.getFeatures(request or QgsFeatureRequest()))


def read(root):
    """What the public layer `places` holds: whole over several pages, filtered, and in a window."""
    layer = opened(root, "places")
    return {
        "announced": layer.featureCount(),
        "names": names(layer),
        "fields": [one.name() for one in layer.fields()],
        "filtered": names(opened(root, "places", "\"name\" = 'Địa điểm 7'")),
        "window": names(
            opened(root, "places", more="restrictToRequestBBOX='1'"), QgsFeatureRequest().setFilterRect(WINDOW)
        ),
        "since": sorted(
            one["report_code"]
            for one in opened(root, "report_points", "\"received_at\" >= '2025-11-27T01:00:00Z'").getFeatures()
        ),
    }


def moved(root):
    """The first place's position in degrees, metres of VN-2000 and of the web map, as QGIS turns or receives it."""
    positions = {}
    for code in ("EPSG:4326", "EPSG:5899", "EPSG:3857"):
        request = QgsFeatureRequest().setDestinationCrs(
            QgsCoordinateReferenceSystem(code), QgsProject.instance().transformContext()
        )
        layer = opened(root, "places", "\"name\" = 'Địa điểm 7'", f"srsname='{code}'")
        [feature] = layer.getFeatures(request)
        point = feature.geometry().centroid().asPoint()
        positions[code] = [point.x(), point.y()]
    return positions


def login(password):
    """The id of an authentication kept in QGIS's own store."""
    manager = QgsApplication.authManager()
    assert manager.setMasterPassword("only for this run", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("langbiang")
    config.setConfig("username", "operator.gis")
    config.setConfig("password", password)
    assert manager.storeAuthenticationConfig(config)[0]
    return config.id()


def drawn(root):
    """What QGIS made of each style that the server lists."""
    with urlopen(f"{root}/ogc/styles") as answer:
        styles = json.loads(answer.read())["styles"]
    return {one["id"]: drawn_in(root, one["links"][0]["href"]) for one in styles}


def drawn_in(root, style):
    """How many colours QGIS draws our vector tiles in with the style at the address, and what it says about it."""
    address = f"{root}/ogc/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    layer = QgsVectorTileLayer(f"type=xyz&url={address}&zmin=0&zmax=17", "city")
    converter = QgsMapBoxGlStyleConverter()
    with urlopen(style) as answer:
        result = converter.convert(json.loads(answer.read()))
    layer.setRenderer(converter.renderer())
    layer.setLabeling(converter.labeling())
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setOutputSize(QSize(600, 600))
    settings.setBackgroundColor(QColor("white"))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    to_web = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), settings.destinationCrs(), QgsProject.instance()
    )
    settings.setExtent(to_web.transformBoundingBox(QgsRectangle(108.40, 11.88, 108.55, 12.0)))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    colours = {image.pixel(x, y) for x in range(0, 600, 2) for y in range(0, 600, 2)}
    return {
        "valid": layer.isValid(),
        "styled": int(result) == 0,
        "colours": len(colours),
        "labelled": sorted({one.layerName() for one in converter.labeling().styles()}),
        "warnings": converter.warnings(),
    }


def edited(root, credentials):
    """What QGIS saved, step by step; None where this QGIS cannot write to an OGC API (before 3.32)."""
    layer = opened(root, "places", more=f"authcfg={credentials}")
    provider = layer.dataProvider()
    if not provider.capabilities() & QgsVectorDataProvider.AddFeatures:
        return None
    steps = []
    layer.startEditing()
    feature = QgsFeature(layer.fields())
    feature["name"], feature["place_kind"] = "Điểm mới từ QGIS", next(layer.getFeatures())["place_kind"]
    feature.setGeometry(QgsGeometry.fromPointXY(CENTRE))
    steps.append(layer.addFeature(feature) and layer.commitChanges())
    layer = opened(root, "places", "\"name\" = 'Điểm mới từ QGIS'", f"authcfg={credentials}")
    [made] = layer.getFeatures()
    layer.startEditing()
    layer.changeAttributeValue(made.id(), layer.fields().indexOf("name_en"), "New from QGIS")
    layer.changeGeometry(made.id(), QgsGeometry.fromPointXY(QgsPointXY(108.45, 11.95)))
    steps.append(layer.commitChanges())
    layer = opened(root, "places", "\"name_en\" = 'New from QGIS'", f"authcfg={credentials}")
    [made] = layer.getFeatures()
    point = made.geometry().asPoint()
    layer.startEditing()
    layer.deleteFeature(made.id())
    steps.append(layer.commitChanges())
    return {"steps": steps, "moved": [point.x(), point.y()]}


def main():
    root, password = sys.argv[1], os.environ["LANGBIANG_PASSWORD"]
    application = QgsApplication([], False)
    application.initQgis()
    credentials = login(password)
    found = {
        "version": Qgis.QGIS_VERSION,
        "read": read(root),
        "moved": moved(root),
        "hidden": opened(root, "report_points", more=f"authcfg={credentials}").featureCount(),
        "public": opened(root, "report_points").featureCount(),
        "edited": edited(root, credentials),
        "drawn": drawn(root),
    }
    print(json.dumps(found))
    application.exitQgis()


main()
