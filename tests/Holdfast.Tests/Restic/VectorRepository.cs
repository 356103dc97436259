using System.Text;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Restic;

/// <summary>A repository that restic 0.14.0 made, with one file of 13 bytes (section 15 of the format document).</summary>
internal static class VectorRepository
{
    public const string Passphrase = "restic-test-vector";
    public const string Tree = "39199b272eec338b3de9472a135f8c400c20907d6acfaf8c865ea675472613d3";
    public const string Docs = "ab9be32a436a7234b7b02bb6e7f2a437008eb64afc70265950f2107a8ab38286";
    public const string Hello = "fbbd69198637d5360353c39796181175de6311c2a61abe2fe6392c938018660f";
    public const string SnapshotId = "bf6c0d396f021e6e430512823c9bd7afa7dde0a921b788890cb120360d5bf36c";
    public const string KeyId = "3aabb0283e2a97f310e6398043f11e24707adf1f993a62ba8ac530894228b0e2";

    public const string Key =
        """{"created":"2026-11-20T05:13:12.6678478Z","username":"root","hostname":"vm","kdf":"scrypt","N":32768,"r":8,"p":10,"salt":"MfnZ1IZ9ANxIlMoBYyE/RG7PZtK7Yx4JeQqTEyobhQUJB/bOkXKixeUjNpXVKh/fqkT5MAjImSUBUnhx8uyt/g==","data":"67gPzHOb+sxsrTWLtwNgPuyIe0+YiEyfr8QZJv/AGT/s21oQQ+bbdMStc2U6ecKKrAGX2RaWhXAM8aKPmOoj0oY8MQpT/vskazgUw+HqwwbKbNfCe28Rpsn1uA17GLwVCrrkookTNFTNS+RDNooHEgOUOV/CKeQJ0AzRONu0hbJkcdBVym/ZaW+PtqUSN4uE1ZbkNQis2qE/AItFJFKi4Q=="}""";

    public const string Config =
        "3fz+ZzfF1bsAE3rrhuxS2Z71s/uGTUVOEU3vhI51pP8gxqpHEJsSoxBKYmm+magRILH8Jdh1Ev9q94PUk/mbnNDqZCICZjtE7aBn6uUc+MstSp"
        + "bNkPyWtOGdkl0c3v54wGFOtz1Hi+AqsHdCcz39Nr/Pge9MeC2bOu+kcofHdhzru9qeUGWWqZr0J56LBBHbP2zqgRwKpuHquDo=";

    private static readonly (FileType Type, string Id, string Base64)[] Files =
    [
        (FileType.Pack, "8760e6f7bcccd6fc9777b55c32e33edd26f7b987cdd761d3d682861113c3035e",
            "RMS++W2AxoI4qide0rR+yZE4AbyCwlbeR1aaxRCTIYImlVPHFRAwLlLfsfiwpJifUD3I1EqEMMSOAVr7W1h6QxbTPfn1XaCzNXXwIMZfTFjsDL"
            + "j5pHnfGpr/kT8BtI79RS75JEVRe6mJBbr/vIFSstuxDuiMpJ+t9zId8/Cj20kAAAA="),
        (FileType.Pack, "943ad1a5ec77fd3638646b29c6f90f85b84ff670bc7300e5ce54ecfd363e7eea",
            "FgGULQSwgX0JA9KcGxSh0GN1oF3LWXqHRyYhAONqLpamJKWzVYc4X9d88x/UhYpSXT0iLkC6OwDuKrMZV/GJEcv4slURtcGiGJvAErehnauyLz"
            + "sGucyBhLFaQ4YjL9i/+RIvbpA3wke69dxgjtbmMIDxa69cUplDNZiPlsilrKLYzwYn32HKgesCI/ogAPgef5S+jU1ao0kUn7BadgVPlo33ONXz"
            + "Q5fxEOh0nDo+eTL57L+v9dpdV/z0I8/UaTJG+ouIXpIrLOGH+kzh3BdsB0zIT0IEKq+QylrsIdSTvq0+HFVSHHcs/be0FWPlPZ0XUz0Y/DLbnh"
            + "mNGJ4F8Q9JNbS32aJKR1GcXKPgKf9/eaevz2FaVMEHMoB15hrIu0UR6KmB+u383QGPg3kQED/2FRvHgh0m+gSQfdXIwUQb+Vh53/xMLrafqWQZ"
            + "cqGmpavjtRCnIGZGjEysJBjbMI4US/7DXdH5qy/3Kr9+v/YXpdHwed9kINsYLmKckfVW5fKoUR1hAfYEZz7gQQPBwyspzcoW+WNxe4yGe4Q0XD"
            + "5U1vCNDzxl6Zg6jYO3OInxM0hR0LAc23FFTLHkee1Vta5s2tSEIm3z2uesQexAGOsB5SnvqmLElOrmMlz6gmvjhJ+2oRMTNSfW2MpDqpBthCAj"
            + "S1uRjedrFo7jNBN2+znkGpDH8LzrPe7Qh9RZkV4Lu2HfAfrMO0mhPBF/+LAxPbQW4gKGvAxEOiLTA/8bbIr7BBQ0kz409yGIbDzlANbJf5p+iw"
            + "zVmikdGsupTYk+2oJQQNvskatFX8qUR98KzLBU9DYbVg02u4gaGpoqNtR7ajLp2m5/QK6eYY1/I4G3cgAAAA=="),
        (FileType.Index, "7c690d45c5558dba0024fc5c9c5f3b631afa0cf2f9e7037828ddf3a759ae4231",
            "zE2IOshxFCpWGNq5a70kMbHRqZ3+tf7z+n7O6hEw6HlQsZxijx04woEsmN/UnZ+RYDBcm/RVA5LOWXdy+Kk5fbWayqFcf+fPDK4QZ/aizR8K/x"
            + "2l3o184nRSL7ZLOiA+3UFDgQUxZQKYOh9GOh5NquNJ16/a/1TGm6AmxWC7LFgFO8ksDymHxtVtJ68qwEyeOW1Zjx89Mff9uRczsxhrN6l/loDw"
            + "oEOHT+ypynalnpCB1ndZhVxhfHylqfoWXULpJIRKwqXkcJL3sryY8/gYGpUnsSosGyfkYfhtpq/PUxc4fPqtwX8OJ/1Gih++5tybpCnPgzk4rW"
            + "UODQlmMhXfbCy30QHHtbXTiv+9oPQsznb+XBcoHnQGlAxxoNS/sTRI9On1uLYXmSPE9BqSLllhhawfo+rmxedQquIkqQAN27Zs1gsUscyq8efG"
            + "WbGH6dt8/9NnFVUDdcOFpZEqk9sT8erNBP+F7OvbFN0xqg=="),
        (FileType.Snapshot, "bf6c0d396f021e6e430512823c9bd7afa7dde0a921b788890cb120360d5bf36c",
            "gzMLnLn+JGKK9j05h6jBPCfZZgi4nbdfgFJZc1FZF1xQdNSH0D0FzSwYyYAgJ92NtNDdImZ5egLyziho/q/urAtEIZxd3fBNdjY43mzfIffmt4"
            + "TiZQjyd88HHGp6edke2ObteLKb1bq4FwuuRB5UuumBjn/cnyUqCMA4tvADFmAlpLU+Btf0uR2k9jT0cpglR5r9Cfr5mqVGu1B0k+mqwc0AFICH"
            + "nXBDu4B8KvNNI6/zhzBklTL2KKG62T8ajw=="),
    ];

    public static async Task<MemoryBackend> CreateAsync()
    {
        var backend = new MemoryBackend();
        var token = TestContext.Current.CancellationToken;
        await backend.WriteAsync(FileHandle.Config, Convert.FromBase64String(Config), token);
        await backend.WriteAsync(new FileHandle(FileType.Key, Id.Parse(KeyId)), Encoding.UTF8.GetBytes(Key), token);
        foreach (var (type, id, base64) in Files) await backend.WriteAsync(new FileHandle(type, Id.Parse(id)), Convert.FromBase64String(base64), token);
        return backend;
    }
}
