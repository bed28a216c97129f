"""Prints as one JSON document what TensorBoard itself reads from a folder: scalars, texts, and the HParams table.

usage: read_tensorboard.py LOGDIR
"""

import json
import math
import sys

from tensorboard.backend.event_processing import data_provider, event_accumulator, plugin_event_multiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups, metadata
from tensorboard.util import tensor_util

ALL = {event_accumulator.SCALARS: 0, event_accumulator.TENSORS: 0}


def number(value):
    return value if math.isfinite(value) else str(value)


def value_of(value):
    kind = value.WhichOneof("kind")
    return None if kind is None else getattr(value, kind)


def main(logdir):
    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance={name: 0 for name in ("scalars", "text")})
    multiplexer.AddRunsFromDirectory(logdir)
    multiplexer.Reload()
    document = {"runs": {}}
    for run, path in multiplexer.RunPaths().items():
        events = event_accumulator.EventAccumulator(path, size_guidance=ALL)
        events.Reload()
        tags = events.Tags()
        scalars, texts = {}, {}
        for tag in tags["scalars"]:
            scalars[tag] = [[event.step, number(event.value)] for event in events.Scalars(tag)]
        for tag in tags["tensors"]:
            plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
            read = [(event.step, tensor_util.make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]
            if plugin == "text":
                texts[tag] = [[step, array.item().decode("utf-8")] for step, array in read]
            elif plugin == "scalars":
                scalars[tag] = [[step, number(float(array.item()))] for step, array in read]
        document["runs"][run] = {"scalars": scalars, "texts": texts}
    provider = data_provider.MultiplexerDataProvider(multiplexer, logdir)
    context = backend_context.Context(
        base_plugin.TBContext(logdir=logdir, multiplexer=multiplexer, data_provider=provider)
    )
    request = RequestContext()
    if any(metadata.PLUGIN_NAME in plugins for plugins in [multiplexer.ActivePlugins()]):
        experiment = get_experiment.Handler(request, context, "", api_pb2.GetExperimentRequest()).run()
        document["hparams"] = [info.name for info in experiment.hparam_infos]
        document["metrics"] = [info.name.tag for info in experiment.metric_infos]
        asked = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=1000)
        asked.allowed_statuses.extend(
            [api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_RUNNING]
        )
        for info in experiment.metric_infos:
            column = asked.col_params.add()
            column.metric.CopyFrom(info.name)
        asked.aggregation_type = api_pb2.AGGREGATION_AVG
        groups = list_session_groups.Handler(request, context, "", asked).run()
        document["groups"] = [
            {
                "name": group.name,
                "hparams": {name: value_of(value) for name, value in group.hparams.items()},
                "sessions": [
                    {
                        "name": session.name,
                        "status": api_pb2.Status.Name(session.status),
                        "metrics": {
                            metric.name.tag: [metric.training_step, number(metric.value)]
                            for metric in session.metric_values
                        },
                    }
                    for session in group.sessions
                ],
            }
            for group in groups.session_groups
        ]
    json.dump(document, sys.stdout)


main(sys.argv[1])
