"""Django's ordinary work in several threads, each with a connection that it keeps.

Run as `django_orm.py PORT`; makes its tables, works, drops them.
"""

import sys
import threading

import django
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

THREADS = 8

settings.configure(
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": "app", "USER": "app",
        "PASSWORD": "app", "HOST": "127.0.0.1", "PORT": sys.argv[1], "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True, "TIME_ZONE": "Europe/Berlin",
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 0},
    }},
    INSTALLED_APPS=[], USE_TZ=True, TIME_ZONE="Europe/Berlin",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()


class Shelf(models.Model):
    name = models.CharField(max_length=50, unique=True)
    count = models.IntegerField(default=0)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "library"


class Volume(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="volumes")
    title = models.TextField()

    class Meta:
        app_label = "library"


def work(me):
    with transaction.atomic():
        shelf = Shelf.objects.create(name=f"shelf {me}")
        Volume.objects.bulk_create(
            [Volume(shelf=shelf, title=f"volume {n}") for n in range(300)], batch_size=100)
    for _ in range(5):
        with transaction.atomic():
            locked = Shelf.objects.select_for_update().get(pk=shelf.pk)
            locked.count += 1
            locked.save()
            shared = Shelf.objects.select_for_update(of=("self",)).get(name="shared")
            Shelf.objects.filter(pk=shared.pk).update(count=models.F("count") + 1)
    with transaction.atomic():
        shelf.refresh_from_db()
        assert shelf.count == 5, shelf.count
        # A server-side cursor: DECLARE, FETCH, CLOSE.
        seen = sum(1 for _ in Volume.objects.filter(shelf=shelf).iterator(chunk_size=70))
        assert seen == 300, seen
        try:
            with transaction.atomic():
                Shelf.objects.create(name=f"shelf {me}")
            raise AssertionError("no error")
        except IntegrityError:
            pass
        assert Shelf.objects.filter(name=f"shelf {me}").count() == 1
    # Outside of a transaction Django declares its cursor WITH HOLD.
    seen = sum(1 for _ in Volume.objects.order_by("pk").iterator(chunk_size=100))
    assert seen >= 0
    for number in range(10):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int + %s, current_setting('TimeZone')", [number, me])
            assert cursor.fetchone() == (number + me, "Europe/Berlin")
    with transaction.atomic():
        fetched = Volume.objects.select_related("shelf").filter(shelf__name=f"shelf {me}")
        assert {v.shelf.count for v in fetched[:50]} == {5}
        assert Volume.objects.filter(shelf=shelf).delete()[0] == 300
        transaction.set_rollback(True)


def main():
    with connection.schema_editor() as editor:
        for model in (Volume, Shelf):
            editor.execute(f"DROP TABLE IF EXISTS {model._meta.db_table} CASCADE")
        editor.create_model(Shelf)
        editor.create_model(Volume)
    Shelf.objects.create(name="shared")
    failures = []

    def guarded(me):
        try:
            work(me)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=guarded, args=(me,)) for me in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        if failures:
            raise failures[0]
        with transaction.atomic():
            assert Shelf.objects.get(name="shared").count == 5 * THREADS
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Volume)
            editor.delete_model(Shelf)
    print("django: all good")


if __name__ == "__main__":
    main()
