"""What all tests share: the site, built once in strict mode."""

import pytest
from building import SUB_PATH, Site, build_site


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Site:
    """The site as it is published, under a sub-path."""
    folder = tmp_path_factory.mktemp("served") / SUB_PATH
    return build_site(folder, site_url=f"http://127.0.0.1/{SUB_PATH}/")
