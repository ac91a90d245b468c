import HDF5

extension WeightsContent {
    /// Tensors are the root's datasets of any plain numbers, texts its attributes.
    init(hdf5 path: String) throws {
        let file = try HDF5File(reading: path)
        var tensors: [String: WeightTensor] = [:]
        var values = 0
        for name in try file.members(of: "/") {
            // A small file can hold very many zeros.
            values += try file.shape(of: "/" + name).reduce(1, *)
            guard values <= Layer.mostWeights else {
                throw DenoisingError.malformedFile(reason: "has \(values) weights up to \(name), expected at most 2^26")
            }
            let array = try file.read(Float.self, from: "/" + name)
            tensors[name] = try WeightTensor(shape: array.shape, values: array.values)
        }
        var metadata: [String: String] = [:]
        for name in try file.attributeNames(of: "/") {
            metadata[name] = try file.attribute(name, as: String.self)
        }
        let digest = metadata.removeValue(forKey: Key.digest)
        self.init(tensors: tensors, metadata: metadata)
        try verify(digest)
    }

    func writeHDF5(to path: String) throws {
        try HDF5File.write(to: path) { file in
            for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
                try file.write(tensor.values, shape: tensor.shape, to: "/" + name)
            }
            for (name, text) in metadata.sorted(by: { $0.key < $1.key }) { try file.setAttribute(name, to: text) }
            try file.setAttribute(Key.digest, to: digest)
        }
    }
}
