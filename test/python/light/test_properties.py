"""Any direction, spacing, size and order: masks come back onto the pixels they are of."""

from __future__ import annotations

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from answers import dice, masks
from cases import rotation
from dicom_files import Files, Stack, request, write_series
from examples import at_most
from scenes import LEVELS, bodies, image, organ

angles = st.floats(-180, 180, allow_nan=False)
origins = st.tuples(*[st.floats(-900, 900)] * 3)


@st.composite
def stacks(draw, slices, pixels, steps) -> Stack:
    turn = rotation(draw(angles), draw(angles), draw(angles))
    right, down = turn[:, 0], turn[:, 1]
    along = draw(st.sampled_from([1, -1])) * draw(steps)
    return Stack(
        shape=(draw(slices), draw(pixels), draw(pixels)),
        right=tuple(right),
        down=tuple(down),
        first=draw(origins),
        step=tuple(np.cross(right, down) * along),
        row_step=draw(steps),
        column_step=draw(steps),
    )


small_stacks = stacks(st.integers(1, 9), st.integers(3, 24), st.floats(0.2, 6))
# A body of 25 voxels and more in radius: of a smaller one too much is surface for a Dice of 0.99.
large_stacks = stacks(st.integers(92, 96), st.integers(92, 110), st.floats(1.0, 1.3))
turns = st.lists(
    st.sampled_from(["flip:0", "flip:1", "flip:2", "permute:1,0,2", "permute:2,0,1"]), max_size=4
)


def shuffle(files: Files, order) -> None:
    files.contents[:] = [files.contents[i] for i in order]


# A request takes several series, so that one run of the network serves several examples.
@settings(max_examples=at_most(15))
@given(st.lists(small_stacks, min_size=4, max_size=4), turns, st.randoms(use_true_random=False))
def test_exact_on_the_series_own_grid(liver, some, turns, random):
    sent = [write_series(image(stack.shape), stack) for stack in some]
    for files in sent:
        shuffle(files, random.sample(range(len(files.uids)), len(files.uids)))
    answers = liver(request(*sent), pattern={"levels": [200, 330]}, form="one_hot", grid=turns)
    for files, stack in zip(sent, some):
        found = masks(answers, files, stack.shape, 2)
        values = image(stack.shape)
        np.testing.assert_array_equal(found[1], values > 330)
        np.testing.assert_array_equal(found[0], (values > 200) & (values <= 330))


# Not shrunk: a smaller volume is no simpler, and each one takes seconds.
@settings(max_examples=at_most(5), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(large_stacks, min_size=3, max_size=3), st.tuples(*[st.floats(0.9, 1.2)] * 3), turns)
def test_overlap_where_the_result_is_resampled(spleen, some, spacing, turns):
    made = [bodies(stack)[0] for stack in some]
    sent = [write_series(np.zeros(stack.shape, np.int16), stack) for stack in some]
    answers = spleen(
        request(*sent),
        pattern=[{"bodies": [body]} for _, body in made],
        form="label_map",
        grid=["spacing:" + ",".join(map(str, spacing)), *turns],
    )
    for files, stack, (inside, _) in zip(sent, some, made):
        assert dice(masks(answers, files, stack.shape)[0], inside) >= 0.99


def test_the_organ_differs_from_all_its_flips():
    """Else the exact tests would not see a flip."""
    mask = organ((5, 8, 9))
    for axes in [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]:
        assert (np.flip(mask, axes) != mask).any()
    assert LEVELS["levels"] == [200]
