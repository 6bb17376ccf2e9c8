"""Tables of many tools are read: their columns, separators, numbers and classes. What cannot be read is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from helpers.labeled_sets import draw, read_lines, trigpoint
from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import BadEntry, Complaints, LabeledSet
from trigpoint.datasets.settling import require_labels, settle
from trigpoint.datasets.table import read_table

STRICT = Complaints(skip=False)
SIZE = (60, 40)


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    for image in ("a.jpg", "b.jpg"):
        draw(folder / image, SIZE)
    (folder / name).write_text(text, newline="")
    return folder / name


def read(
    folder: Path, text: str, *, name: str = "t.csv", images: str | None = None, **options: Any
) -> LabeledSet:
    """The set of a table next to two images, after the checks of all sets."""
    path = write(folder, text, name)
    labeled = read_table(path, folder / images if images else None, STRICT, **options)
    settle(labeled, STRICT)
    require_labels(labeled, STRICT)
    return labeled


def boxes(labeled: LabeledSet) -> list[list[tuple[Any, ...]]]:
    return [
        [(box.class_name, *(round(side, 6) for side in box.ltwh)) for box in each.boxes or ()]
        for each in labeled.images
    ]


# -- columns and rows


@pytest.mark.parametrize(
    "text",
    [
        "filename,class,xmin,ymin,xmax,ymax\na.jpg,dog,10,20,40,30\n",
        "Image Name,Class Name,X Min,Y Min,X Max,Y Max\na.jpg,dog,10,20,40,30\n",
        "Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;Label;Path\n10;20;40;30;dog;a.jpg\n",
        "image_id,bbox_x,bbox_y,bbox_width,bbox_height,category\na.jpg,10,20,30,10,dog\n",
        "image,label,x_center,y_center,width,height\na.jpg,dog,25,25,30,10\n",
        "image,label,cx,cy,w,h,width,height\na.jpg,dog,25,25,30,10,60,40\n",
        "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,60,40,dog,10,20,40,30\n",
        ",filename,class,xmin,ymin,xmax,ymax\n0,a.jpg,dog,10.0,20.0,40.0,30.0\n",
        "sep=;\nfilename;class;xmin;ymin;xmax;ymax\na.jpg;dog;10;20;40;30\n",
        "filename;class;xmin;ymin;xmax;ymax\na.jpg;dog;10,0;20,0;40,0;30,0\n",
        '"file name","class","x,min",xmin,ymin,xmax,ymax\na.jpg,dog,x,10,20,40,30\n'.replace(
            "file name", "file_name"
        ),
        "filename\tclass\txmin\tymin\txmax\tymax\r\na.jpg\tdog\t10\t20\t40\t30\r\n",
        "filename,class,xmin,ymin,xmax,ymax\ra.jpg,dog,10,20,40,30\r",
        "filename,class,xmin,ymin,xmax,ymax\na.jpg,dog,10,20,40,30,,\n\n",
        "a.jpg,10,20,40,30,dog\n",
        "filename,class,xmin,ymin,xmax,ymax\n.\\a.jpg, dog ,10,20,40,30\n",
        "filename,class,xmin,ymin,xmax,ymax\nC:\\photos\\a.jpg,dog,10,20,40,30\n",
        "ImageID,LabelName,XMin,XMax,YMin,YMax\na,dog,10,40,20,30\n",
    ],
)
def test_a_box_is_read_from_every_usual_form(tmp_path: Path, text: str) -> None:
    labeled = read(tmp_path, text)
    assert [image.image for image in labeled.images] == ["a.jpg"]
    assert boxes(labeled) == [[("dog", 10, 20, 30, 10)]]


def test_quoted_cells_may_hold_line_ends_and_separators(tmp_path: Path) -> None:
    text = 'filename,class,xmin,ymin,xmax,ymax\na.jpg,"red\nfox, old",10,20,40,30\nb.jpg,cat,x,1,2,3\n'
    with pytest.raises(BadEntry, match=r"t\.csv, line 4: column x1: a number is needed, not 'x'"):
        read(tmp_path, text)
    assert read(tmp_path, text.replace("x,1,2,3", "1,1,9,9")).class_names == ["cat", "red\nfox, old"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,label,xmin,ymin,xmax,ymax\na.jpg,dog,1,2\n", "line 2: 4 columns, but the first row has 6"),
        ("image,label\na.jpg,dog,cat\n", "line 2: 3 columns, but the first row has 2"),
        ("image,label,label\na.jpg,dog,cat\n", "line 1: the column label occurs twice"),
        ("image,label,xmax,ymax\na.jpg,dog,1,2\n", "line 1: a box needs xmin, ymin, xmax, ymax"),
        ("image,label,x_center,y_center\na.jpg,dog,1,2\n", "line 1: a box needs"),
        ("image,label,bbox\na.jpg,dog,[1;2;3;4]\n", "line 1: the column bbox holds whole boxes; split it"),
        ('image,label\na.jpg,"dog\n', "line 2: not a valid table: unexpected end of data"),
        ("sep=;\nimage;label\nz.jpg;dog\n", r"line 3: column image: there is no image z\.jpg"),
        ("sep=;\n", "has no rows"),
        ("image,label,xmin,ymin,xmax,ymax\na.jpg,dog,,2,3,4\n", "column x1: a number is needed, not ''"),
    ],
)
def test_a_table_that_cannot_be_read_is_reported_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read(tmp_path, text)


def test_columns_that_were_not_used_are_reported(tmp_path: Path) -> None:
    labeled = read(tmp_path, "image,label,author,Note\na.jpg,dog,x,y\n")
    assert labeled.notes == ["columns that were not used: author, note"]


@pytest.mark.parametrize("empty", ["", "nan", "NaN", "NULL", "None", "NA"])
def test_a_row_without_box_and_class_is_an_image_without_objects(tmp_path: Path, empty: str) -> None:
    text = f"image,label,xmin,ymin,xmax,ymax\na.jpg,dog,10,20,40,30\nb.jpg,{','.join(['', *[empty] * 4])}\n"
    assert boxes(read(tmp_path, text)) == [[("dog", 10, 20, 30, 10)], []]


def test_a_class_without_a_box_is_left_out_and_counted(tmp_path: Path) -> None:
    labeled = read(tmp_path, "image,label,xmin,ymin,xmax,ymax\na.jpg,dog,10,20,40,30\nb.jpg,No finding,,,,\n")
    images, labels = labeled.totals()
    assert (images.converted, dict(images.left_out)) == (1, {"none of its labels can be converted": 1})
    assert dict(labels.left_out) == {"class without a box": 1}


def test_a_repeated_row_is_left_out_and_counted(tmp_path: Path) -> None:
    row = "a.jpg,10,20,40,30,dog\n"
    labeled = read(tmp_path, row + row + row.replace("dog", "cat"))
    assert boxes(labeled) == [[("dog", 10, 20, 30, 10), ("cat", 10, 20, 30, 10)]]
    assert dict(labeled.totals()[1].left_out) == {"repeated label": 1}


def test_images_without_a_class_are_reported(tmp_path: Path) -> None:
    labeled = read(tmp_path, "image,label\na.jpg,dog\nb.jpg,\n")
    assert labeled.notes == ["1 image has no class, so its line has no label"]


def test_bad_rows_are_left_out_on_request_and_counted(tmp_path: Path) -> None:
    text = "image,label,xmin,ymin,xmax,ymax\na.jpg,dog,10,20,40,30\na.jpg,dog,?,0,1,1\na.jpg,x\nz.jpg,dog,1,2,3,4\n"
    result = trigpoint("convert", "csv", write(tmp_path, text), "--skip-bad", "-o", tmp_path / "m")
    assert result.exit_code == 0, result.stderr
    assert "images: read 3, converted 1, left out 2 (bad entry: 1, no such image: 1)" in result.stderr
    assert "labels: read 2, converted 1, left out 1 (bad entry: 1)" in result.stderr


def test_two_names_that_mean_one_image_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadEntry, match="one image needs one entry"):
        read(tmp_path, "image,label\nday/a.jpg,dog\nnight/a.jpg,cat\n")


# -- fractions and sizes


@pytest.mark.parametrize(
    "text",
    [
        "filename,class,xmin,ymin,xmax,ymax\na.jpg,cat,0.1,0.2,0.6,0.8\n",
        "filename,class,left,top,width,height\na.jpg,cat,0.1,0.2,0.5,0.6\n",
        "filename,class,x_center,y_center,width,height\na.jpg,cat,0.35,0.5,0.5,0.6\n",
        "a.jpg,0.1,0.2,0.6,0.8,cat\n",
        "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,60,40,cat,0.1,0.2,0.6,0.8\n",
        "filename;class;xmin;ymin;xmax;ymax\na.jpg;cat;0,1;0,2;0,6;0,8\n",
        "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded\na,xclick,cat,1,0.10,0.60,0.20,0.80,0\n",
    ],
)
def test_fractions_become_pixels_with_a_note(tmp_path: Path, text: str) -> None:
    labeled = read(tmp_path, text)
    assert boxes(labeled) == [[("cat", 6, 8, 30, 24)]]
    assert "the coordinates are fractions of the images; they were converted to pixels" in labeled.notes


def test_boxes_of_whole_images_in_fractions_are_whole_images(tmp_path: Path) -> None:
    assert boxes(read(tmp_path, "a.jpg,0,0,1,1,cat\n")) == [[("cat", 0, 0, 60, 40)]]
    assert boxes(read(tmp_path, "a.jpg,0,0,1,2,cat\n")) == [[("cat", 0, 0, 1, 2)]]


def test_fractions_among_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        BadEntry, match=r"line 2: the box is 0\.5 x 0\.6 pixels, .* but other rows have pixels"
    ):
        read(tmp_path, "a.jpg,10,20,40,30,cat\na.jpg,0.1,0.2,0.6,0.8,cat\n")


def test_a_size_that_is_not_the_images_is_refused_with_both_sizes(tmp_path: Path) -> None:
    header = "filename,width,height,class,xmin,ymin,xmax,ymax\n"
    with pytest.raises(
        BadEntry, match="labels are for an image of 120 x 80 pixels, but the image has 60 x 40"
    ):
        read(tmp_path, header + "a.jpg,120,80,dog,10,20,40,30\n")
    with pytest.raises(BadEntry, match="line 3: the image has 60 x 41 pixels, but 60 x 40 in another row"):
        read(tmp_path, header + "a.jpg,60,40,dog,10,20,40,30\na.jpg,60,41,dog,10,20,40,30\n")
    assert boxes(read(tmp_path, header + "a.jpg,0,0,dog,10,20,40,30\n")) == [[("dog", 10, 20, 30, 10)]]


def test_boxes_on_a_turned_photo_land_on_its_stored_pixels(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "p").mkdir()
    Image.new("RGB", (40, 60)).save(tmp_path / "p" / "c.jpg", exif=exif)
    header = "filename,width,height,class,xmin,ymin,xmax,ymax\n"
    stored = [[("dog", 20, 42, 10, 12)]]
    assert boxes(read(tmp_path, header + "c.jpg,60,40,dog,6,20,18,30\n", images="p")) == stored
    assert boxes(read(tmp_path, header + "c.jpg,60,40,dog,.1,.5,.3,.75\n", images="p")) == stored
    for text in ("c.jpg,6,20,18,30,dog\n", "c.jpg,.1,.5,.3,.75,dog\n"):
        with pytest.raises(BadEntry, match="--exif shown or --exif stored"):
            read(tmp_path, text, images="p")
        assert boxes(read(tmp_path, text, images="p", frame="shown")) == stored
    lst = "0\t2\t5\t0\t0.1\t0.5\t0.3\t0.75\tc.jpg\n"
    (turned,) = boxes(read(tmp_path, lst, name="t.lst", images="p", frame="shown"))
    assert turned == [("0", *stored[0][0][1:])]


def test_images_in_a_bucket_need_their_size_for_fractions(tmp_path: Path) -> None:
    header = "filename,width,height,class,xmin,ymin,xmax,ymax\n"
    text = "s3://b/a.jpg,{},dog,0.1,0.2,0.6,0.8\n"
    assert boxes(read(tmp_path, header + text.format("60,40"))) == [[("dog", 6, 8, 30, 24)]]
    with pytest.raises(
        BadEntry, match="fractions need the size of the image; add the columns width and height"
    ):
        read(tmp_path, header + text.format(","))


# -- classes


def test_class_numbers_are_ids_as_in_a_lst(tmp_path: Path) -> None:
    labeled = read(tmp_path, "image,label\na.jpg,10\nb.jpg,2.0\n")
    assert [image.classes for image in labeled.images] == [("10",), ("2",)]
    assert labeled.class_names == [str(number) for number in range(11)]
    named = read(tmp_path, "image,label\na.jpg,1\nb.jpg,0\n", names=["cat", "dog"])
    assert ([image.classes for image in named.images], named.class_names) == (
        [("dog",), ("cat",)],
        ["cat", "dog"],
    )
    texts = read(tmp_path, "image,label\na.jpg,10\nb.jpg,2\n", names=["2", "10"])
    assert [image.classes for image in texts.images] == [("10",), ("2",)]


@pytest.mark.parametrize("number", ["1.5", "-1", "2"])
def test_a_number_that_is_no_class_id_is_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(BadEntry, match=f"class {number} is not among the classes"):
        read(tmp_path, f"image,label\na.jpg,{number}\nb.jpg,0\n", names=["cat", "dog"])


def test_a_table_with_ids_and_names_keeps_their_order_and_refuses_an_id_of_two_names(tmp_path: Path) -> None:
    header = "image,class_name,class_id\n"
    labeled = read(tmp_path, header + "a.jpg,zebra,1\nb.jpg,ant,3\n")
    assert labeled.class_names == ["zebra", "ant"]
    both = r"line 3: class id 1 is named 'ant', but .*t\.csv, line 2 names it 'zebra'"
    with pytest.raises(BadEntry, match=both):
        read(tmp_path, header + "a.jpg,zebra,1\nb.jpg,ant,1.0\n")
    joined = read(tmp_path, header + "a.jpg,ant,1\nb.jpg,ant,3\n")
    assert joined.class_names == ["ant"]
    assert "the class ids 1 and 3 have the same name and became one class: ant" in joined.notes
    assert read(tmp_path, header + "a.jpg,ant,n01\nb.jpg,bee,n02\n").class_names == ["ant", "bee"]


def test_flags_of_open_images_are_kept(tmp_path: Path) -> None:
    text = (
        "ImageID,LabelName,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf\na,cat,.1,.6,.2,.8,1,-1,1\n"
    )
    (image,) = read(tmp_path, text).images
    assert [box.flags for box in image.boxes or ()] == [frozenset({"occluded", "iscrowd"})]


# -- lists of im2rec


def test_rows_of_a_list_may_share_an_image_and_have_windows_paths(tmp_path: Path) -> None:
    draw(tmp_path / "day" / "c.jpg")
    path = write(tmp_path, "0\t1\tday\\c.jpg\n1\t0\tday/c.jpg\n", "t.lst")
    result = trigpoint("convert", "csv", path, "-o", tmp_path / "m")
    assert result.exit_code == 0, result.stderr
    assert [line["label"] for line in read_lines(tmp_path / "m")] == [1, 0]


def test_bad_rows_of_a_list_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path, "0\t1\ta.jpg\n0\t1\tb.jpg\n2\tx\tb.jpg\n3\t1\tz.jpg\n", "t.lst")
    result = trigpoint("convert", "csv", path, "--skip-bad", "-o", tmp_path / "m")
    assert "images: read 4, converted 1, left out 3 (bad entry: 2, no such image: 1)" in result.stderr
