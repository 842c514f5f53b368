"""DynamoDB through PynamoDB: models with indexes, versions, expiry, conditions, batches, transactions."""

from datetime import datetime, timedelta, timezone

import pytest
from conftest import REGION, unique
from pynamodb.attributes import (
    BinarySetAttribute, BooleanAttribute, JSONAttribute, ListAttribute, MapAttribute,
    NumberAttribute, NumberSetAttribute, TTLAttribute, UnicodeAttribute, UnicodeSetAttribute,
    UTCDateTimeAttribute, VersionAttribute)
from pynamodb.connection import Connection
from pynamodb.exceptions import (
    DoesNotExist, PutError, TransactGetError, TransactWriteError, UpdateError)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection, LocalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite


class ByGenre(GlobalSecondaryIndex):
    class Meta:
        index_name = "by-genre"
        projection = AllProjection()

    genre = UnicodeAttribute(hash_key=True)
    plays = NumberAttribute(range_key=True)


class ByPlays(LocalSecondaryIndex):
    class Meta:
        index_name = "by-plays"
        projection = KeysOnlyProjection()

    artist = UnicodeAttribute(hash_key=True)
    plays = NumberAttribute(range_key=True)


class Place(MapAttribute):
    city = UnicodeAttribute()
    floor = NumberAttribute(null=True)


class Song(Model):
    class Meta:
        table_name = "songs"
        region = REGION
        billing_mode = "PAY_PER_REQUEST"

    artist = UnicodeAttribute(hash_key=True)
    year = NumberAttribute(range_key=True)
    genre = UnicodeAttribute(null=True)
    plays = NumberAttribute(default=0)
    tags = UnicodeSetAttribute(null=True)
    scores = NumberSetAttribute(null=True)
    keys = BinarySetAttribute(null=True, legacy_encoding=False)
    live = BooleanAttribute(default=False)
    recorded = UTCDateTimeAttribute(null=True)
    more = JSONAttribute(null=True)
    place = Place(null=True)
    notes = ListAttribute(default=list)
    by_genre, by_plays = ByGenre(), ByPlays()


class Session(Model):
    class Meta:
        table_name = "sessions"
        region = REGION
        read_capacity_units = write_capacity_units = 5

    user = UnicodeAttribute(hash_key=True)
    state = UnicodeAttribute(default="new")
    version = VersionAttribute()
    ends = TTLAttribute(null=True)


@pytest.fixture(scope="module", autouse=True)
def models(fresh):
    for model in (Song, Session):
        model.Meta.host = fresh.endpoint
        model.Meta.aws_access_key_id, model.Meta.aws_secret_access_key = (
            fresh.admin.key_id, fresh.admin.secret)
        model.Meta.max_retry_attempts = 0
        model.create_table(wait=True)
        assert model.exists()
    yield
    for model in (Song, Session):
        model.delete_table()
        assert not model.exists()


def songs(artist, count=5, genre="rock"):
    made = [Song(artist, year, genre=genre, plays=year * 10) for year in range(count)]
    with Song.batch_write() as batch:
        for song in made:
            batch.save(song)
    return made


def test_every_attribute_comes_back():
    song = Song(unique("artist"), 1999, tags={"a", "b"}, scores={1, 2.5}, keys={b"\0", b"\1"}, live=True,
                recorded=datetime(2026, 1, 2, 3, 4, 5, 6, timezone.utc), more={"x": [1, None]},
                place=Place(city="Rome", floor=3), notes=["one", 2, {"deep": "er"}])
    song.save()
    got = Song.get(song.artist, 1999, consistent_read=True)
    plain = lambda one: {k: v for k, v in one.attribute_values.items() if k not in ("place", "notes")}
    assert plain(got) == plain(song)
    assert (got.place.city, got.place.floor) == ("Rome", 3)
    assert got.notes[:2] == ["one", 2] and got.notes[2]["deep"] == "er"
    got.refresh()
    got.delete()
    with pytest.raises(DoesNotExist):
        Song.get(song.artist, 1999)
    with pytest.raises(DoesNotExist):
        got.refresh()


def test_queries_scans_and_indexes():
    artist, genre = unique("artist"), unique("genre")
    songs(artist, 12, genre)
    assert [one.year for one in Song.query(artist, Song.year.between(3, 5))] == [3, 4, 5]
    found = Song.query(artist, Song.year > 2, (Song.plays >= 50) & ~(Song.plays == 60),
                       scan_index_forward=False, page_size=2)
    assert [one.year for one in found] == [11, 10, 9, 8, 7, 5]
    assert found.last_evaluated_key is None
    page = Song.query(artist, limit=4)
    assert len(list(page)) == 4
    rest = Song.query(artist, last_evaluated_key=page.last_evaluated_key)
    assert [one.year for one in rest] == list(range(4, 12))
    assert Song.count(artist, Song.year < 4) == 4
    assert [one.year for one in Song.by_genre.query(genre, ByGenre.plays < 30)] == [0, 1, 2]
    assert Song.by_genre.count(genre) == 12
    held = list(Song.by_plays.query(artist, ByPlays.plays.between(20, 40), consistent_read=True))
    assert [(one.year, one.plays, one.genre) for one in held] == [(2, 20, None), (3, 30, None), (4, 40, None)]
    seen = [one.year for segment in range(3) for one in Song.scan(
        Song.genre == genre, segment=segment, total_segments=3, page_size=3)]
    assert sorted(seen) == list(range(12))
    assert len(list(Song.by_genre.scan(Song.plays.is_in(10, 20) & (Song.genre == genre)))) == 2
    chosen = next(iter(Song.query(artist, attributes_to_get=["plays"])))
    assert (chosen.plays, chosen.year) == (0, None)


def test_updates_and_conditions():
    song = songs(unique("artist"), 1)[0]
    song.update(actions=[
        Song.plays.add(5), Song.tags.set({"x"}), Song.genre.remove(), Song.notes.set(["a"]),
        Song.place.set(Place(city="Rome"))], condition=Song.plays == 0)
    assert (song.plays, song.tags, song.genre) == (5, {"x"}, None)
    song.update(actions=[
        Song.plays.set(Song.plays + 1), Song.tags.add({"y"}), Song.notes.set(Song.notes.append(["b"])),
        Song.live.set(Song.live | True), Song.place.city.set("Oslo"), Song.place.floor.set(7)])
    assert (song.plays, song.tags, song.notes) == (6, {"x", "y"}, ["a", "b"])
    assert (song.place.city, song.place.floor) == ("Oslo", 7)
    song.update(actions=[Song.tags.delete({"x"}), Song.notes[0].remove(), Song.place.floor.remove()])
    assert (song.tags, song.notes, song.place.floor) == ({"y"}, ["b"], None)
    held = [
        Song.tags.contains("y"), Song.artist.startswith("artist"), Song.genre.does_not_exist(),
        Song.plays.exists(), Song.plays.is_type(), Song.place.city.is_in("Oslo", "Rome"),
        Song.notes[0] == "b", (Song.plays < 7) | Song.genre.exists(),
    ]
    for condition in held:
        song.save(condition=condition)
        with pytest.raises(PutError) as no:
            song.save(condition=~condition)
        assert no.value.cause_response_code == "ConditionalCheckFailedException"
    with pytest.raises(UpdateError) as no:
        song.update(actions=[Song.plays.set(1)], condition=Song.plays > 100)
    assert no.value.cause_response_code == "ConditionalCheckFailedException"


def test_a_version_lets_the_first_of_two_writers_win():
    user = unique("user")
    Session(user).save()
    one, other = Session.get(user), Session.get(user)
    one.state = "first"
    one.save()
    assert one.version == 2
    other.state = "second"
    with pytest.raises(PutError) as no:
        other.save()
    assert no.value.cause_response_code == "ConditionalCheckFailedException"
    one.update(actions=[Session.state.set("third")])
    assert Session.get(user).version == 3
    with pytest.raises(Exception, match="ConditionalCheckFailed"):
        other.delete()
    one.delete()


def test_expiry_is_switched_on_and_kept(fresh):
    session = Session(unique("user"), ends=timedelta(hours=1))
    session.save()
    left = Session.get(session.user).ends - datetime.now(timezone.utc)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    told = fresh.admin.client("dynamodb").describe_time_to_live(TableName="sessions")
    assert told["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}


def test_batches_of_more_than_one_request():
    artist = unique("artist")
    made = songs(artist, 60)
    keys = [(song.artist, song.year) for song in made]
    assert sorted(song.year for song in Song.batch_get(keys + [(artist, 999)])) == list(range(60))
    with Song.batch_write() as batch:
        for song in made[10:]:
            batch.delete(song)
    assert Song.count(artist) == 10


def test_transactions(fresh):
    connection = Connection(
        region=REGION, host=fresh.endpoint, aws_access_key_id=fresh.admin.key_id,
        aws_secret_access_key=fresh.admin.secret, max_retry_attempts=0)
    artist, user = unique("artist"), unique("user")
    one, two, three = songs(artist, 3)
    session = Session(user)
    with TransactWrite(connection=connection, client_request_token=unique("token")) as all_of:
        all_of.save(session, condition=Session.user.does_not_exist())
        all_of.update(one, actions=[Song.plays.add(7)], condition=Song.plays == 0)
        all_of.delete(two)
        all_of.condition_check(Song, artist, 2, condition=Song.plays == 20)
    assert session.version == 1
    with TransactGet(connection=connection) as gets:
        song, gone, kept = gets.get(Song, artist, 0), gets.get(Song, artist, 1), gets.get(Session, user)
    assert (song.get().plays, kept.get().version) == (7, 1)
    with pytest.raises(DoesNotExist):
        gone.get()
    with pytest.raises(TransactWriteError) as no:
        with TransactWrite(connection=connection) as all_of:
            all_of.update(three, actions=[Song.plays.add(1)])
            all_of.save(Session(user), condition=Session.user.does_not_exist())
    codes = [reason and reason.code for reason in no.value.cancellation_reasons]
    assert codes == ["ConditionalCheckFailed", None]  # it sends puts before updates
    assert Song.get(artist, 2).plays == 20
    with pytest.raises(TransactGetError):
        with TransactGet(connection=connection) as gets:
            gets.get(Song, artist, 0), gets.get(Song, artist, 0)
