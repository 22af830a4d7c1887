"""Spans of actions, as OpenTelemetry's own exporter gets them."""

import logging

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from jetbridge.actions.define import action
from jetbridge.errors import ActionError
from jetbridge.server.app import App
from tests.server.asgi import CALL, SAME_ORIGIN, post, reply

exporter = InMemorySpanExporter()


@pytest.fixture(scope="module", autouse=True)
def provider():
    """The one that a process may have."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    yield
    provider.shutdown()


@action
async def traced(how: str):
    with trace.get_tracer("test").start_as_current_span("inner"):
        if how == "expected":
            raise ActionError("No")
        if how == "failed":
            raise RuntimeError("oh no")
        return how


@pytest.mark.parametrize("how", ["value", "expected", "failed"])
async def test_each_run_is_a_span(how, caplog):
    """A run is a span with its outcome, a child of what surrounds it and the parent of the action's own spans."""
    caplog.set_level(logging.CRITICAL)
    exporter.clear()
    with trace.get_tracer("test").start_as_current_span("request") as request:
        await post(App(__name__, secret="s" * 40), traced, {**CALL, **SAME_ORIGIN}, reply(how))
    spans = {span.name: span for span in exporter.get_finished_spans()}
    ours = spans["action traced"]

    assert ("traced", how) == (ours.attributes["jetbridge.action"], ours.attributes["jetbridge.outcome"])
    assert request.get_span_context().span_id == ours.parent.span_id
    assert ours.context.span_id == spans["inner"].parent.span_id
    assert (how == "failed") == (ours.status.status_code is trace.StatusCode.ERROR)
    assert (["exception"] if how == "failed" else []) == [event.name for event in ours.events]
