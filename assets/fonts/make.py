"""Makes the fonts in this folder from the originals: python3 make.py INTER_DIR NOTO_CJK_DIR PHOSPHOR_TTF

Inter (OFL 1.1): tabular figures made the default, because egui knows no OpenType features.
Noto Sans CJK SC (OFL 1.1): the characters of GB 2312 level 1, punctuation and full-width forms, and every
character of src/ui/text and src/ui/page.
Phosphor (MIT): unchanged. Needs fonttools.
"""
import glob, pathlib, shutil, sys
from fontTools import subset
from fontTools.ttLib import TTFont, TTCollection

HERE = pathlib.Path(__file__).parent
inter, noto, phosphor = map(pathlib.Path, sys.argv[1:4])

def tabular(font):
    gsub = font["GSUB"].table
    lookups = {i for f in gsub.FeatureList.FeatureRecord if f.FeatureTag == "tnum" for i in f.Feature.LookupListIndex}
    swap = {}
    for i in lookups:
        for table in gsub.LookupList.Lookup[i].SubTable:
            swap.update(getattr(getattr(table, "ExtSubTable", table), "mapping", {}))
    for table in font["cmap"].tables:
        table.cmap.update({code: swap[name] for code, name in table.cmap.items() if name in swap and chr(code).isdigit()})

def keep(font, characters, out):
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.hinting = False
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=characters)
    worker.subset(font)
    font.save(out)
    print(out.name, out.stat().st_size)

latin = [*range(0x20, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x1F00), *range(0x2000, 0x20D0), *range(0x2100, 0x2300), 0x25A0, 0x25CF, 0x2713]
for weight in ("Regular", "SemiBold"):
    font = TTFont(inter / f"Inter-{weight}.otf")
    tabular(font)
    keep(font, latin, HERE / f"Inter-{weight}.otf")

chinese = set(range(0x3000, 0x3040)) | set(range(0xFF00, 0xFFF0))
for high in range(0xB0, 0xD8):
    for low in range(0xA1, 0xFF):
        try:
            chinese.add(ord(bytes([high, low]).decode("gb2312")))
        except UnicodeDecodeError:
            pass
root = HERE.parent.parent
for name in glob.glob(str(root / "src/ui/**/*.rs"), recursive=True):
    chinese |= {ord(c) for c in pathlib.Path(name).read_text(encoding="utf-8") if ord(c) > 0x2E80}
for name in glob.glob(str(root / "assets/sample/**/*.json"), recursive=True):
    chinese |= {ord(c) for c in pathlib.Path(name).read_text(encoding="utf-8") if ord(c) > 0x2E80}
for weight in ("Regular", "Bold"):
    collection = TTCollection(noto / f"NotoSansCJK-{weight}.ttc")
    font = next(f for f in collection.fonts if f["name"].getDebugName(1).startswith("Noto Sans CJK SC"))
    keep(font, chinese, HERE / f"NotoSansSC-{weight}.otf")
shutil.copy(phosphor, HERE / "Phosphor.ttf")
