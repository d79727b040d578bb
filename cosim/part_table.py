"""The parts that come with cosim, as import strings: naming one here imports nothing."""

from collections.abc import Mapping

TABLE: Mapping[str, Mapping[str, str]] = {
    "device": {
        "raspberry_pi_4b": "cosim.sim.device:raspberry_pi_4b",
        "jetson_nano": "cosim.sim.device:jetson_nano",
        "xiaomi_12_pro": "cosim.sim.device:xiaomi_12_pro",
        "nrf52840": "cosim.sim.device:nrf52840",
        "ideal": "cosim.sim.device:ideal",
        "custom": "cosim.sim.device:Device",
    },
    "power": {"mains": "cosim.sim.battery:Mains", "battery": "cosim.sim.battery:Battery"},
    "mobility": {
        "random_waypoint": "cosim.sim.mobility:RandomWaypoint",
        "static": "cosim.sim.mobility:Static",
        "grid": "cosim.sim.mobility:Grid",
        "circle": "cosim.sim.mobility:Circle",
        "uniform": "cosim.sim.mobility:Uniform",
    },
    "propagation": {
        "free_space": "cosim.sim.propagation:FreeSpace",
        "log_distance": "cosim.sim.propagation:LogDistance",
        "log_normal_shadowing": "cosim.sim.propagation:LogNormalShadowing",
    },
    "radio": {
        "wifi_80211a": "cosim.sim.wifi:Wifi80211a",
        "wifi_80211g": "cosim.sim.wifi:Wifi80211g",
        "erasure": "cosim.sim.erasure:Erasure",
        "first_order": "cosim.sim.first_order:FirstOrder",
    },
    "error_rate": {"nist": "cosim.sim.error_rate:NistErrorRate"},
    "transceiver": {
        "ns3_wifi": "radio_models.transceivers:ns3_wifi",
        "esp32": "radio_models.transceivers:esp32",
        "ideal": "radio_models.transceivers:ideal",
        "custom": "radio_models.transceivers:Transceiver",
    },
    "medium": {
        "scheduled": "cosim.sim.medium:Scheduled",
        "csma_ca": "cosim.sim.csma_ca:CsmaCa",
    },
    "graph": {
        "radio": "cosim.sim.topology:RadioGraph",
        "complete": "cosim.sim.topology:Complete",
        "ring": "cosim.sim.topology:Ring",
        "directed_ring": "cosim.sim.topology:DirectedRing",
        "exponential": "cosim.sim.topology:Exponential",
        "random_k_out": "cosim.sim.topology:RandomKOut",
        "hamiltonian_cycles": "cosim.sim.topology:HamiltonianCycles",
        "star": "cosim.sim.topology:Star",
        "edges": "cosim.sim.topology:Edges",
    },
    "data": {
        "digits": "cosim.learning.datasets:Digits",
        "blobs": "cosim.learning.datasets:Blobs",
        "mnist": "cosim.learning.datasets:Mnist",
        "fashion_mnist": "cosim.learning.datasets:FashionMnist",
    },
    "partition": {
        "iid": "cosim.learning.partition:Iid",
        "dirichlet": "cosim.learning.partition:Dirichlet",
        "shards": "cosim.learning.partition:Shards",
        "label_sorted": "cosim.learning.partition:LabelSorted",
    },
    "model": {
        "logistic_regression": "cosim.learning.models:LogisticRegression",
        "mlp": "cosim.learning.models:Mlp",
        "lenet5": "cosim.learning.models:LeNet5",
        "resnet20": "cosim.learning.residual:ResNet20",
    },
    "optimizer": {"sgd": "cosim.learning.optimizers:Sgd"},
    "compression": {"none": "cosim.wire.dense:Dense", "top_k": "cosim.wire.sparse:TopK"},
    "algorithm": {
        "local_sgd": "cosim.algorithms.local_sgd:LocalSgd",
        "d_psgd": "cosim.algorithms.d_psgd:DPsgd",
        "sgp": "cosim.algorithms.sgp:Sgp",
        "sparse_push": "cosim.algorithms.sparse_push:SparsePush",
        "lossless_push": "cosim.algorithms.lossless_push:LosslessPush",
        "fedavg": "cosim.algorithms.fedavg:FedAvg",
    },
}
"""Section -> kind -> import string of the parts that come with cosim."""
