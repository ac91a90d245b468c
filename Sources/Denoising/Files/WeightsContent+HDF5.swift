import HDF5

extension WeightsContent {
    /// Tensors are the root's float32 datasets, texts its attributes.
    init(hdf5 path: String) throws {
        let file = try HDF5File(reading: path)
        var tensors: [String: WeightTensor] = [:]
        for name in try file.members(of: "/") {
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
