from tests.cast import Stage


def test_members_page_lists_who_works_here_and_nobody_else(northside: Stage, harbor: Stage) -> None:
    page = northside.client(member=northside.vera).get("/settings/members/").content.decode()
    for member in (northside.alice, northside.bob, northside.adam):
        assert member.email in page
    assert harbor.charlie.email not in page


def test_members_page_is_for_members(northside: Stage) -> None:
    assert northside.client().get("/settings/members/")["Location"] == "/login/?next=%2Fsettings%2Fmembers%2F"
