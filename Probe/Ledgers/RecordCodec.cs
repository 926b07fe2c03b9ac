using System.Buffers.Binary;
using System.Numerics;

namespace HaPgAspire.Probe.Ledgers;

/// <summary>
/// The frame of a ledger record: kind (1 byte), length of the payload (varint), payload, CRC-32C of all that (4 bytes, little endian).
/// </summary>
internal static class RecordCodec
{
    private const int ChecksumLength = 4;

    /// <summary>Appends a framed record.</summary>
    public static void Append(MemoryStream target, RecordKind kind, ReadOnlySpan<byte> payload)
    {
        var start = (int)target.Position;
        target.WriteByte((byte)kind);
        WriteVarint(target, (ulong)payload.Length);
        target.Write(payload);
        Span<byte> checksum = stackalloc byte[ChecksumLength];
        var length = (int)target.Position - start;
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Checksum(target.GetBuffer().AsSpan(start, length)));
        target.Write(checksum);
    }

    /// <summary>Reads the record at <paramref name="offset"/> and moves past it; false when none is whole there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> file, ref int offset, out RecordKind kind, out ReadOnlySpan<byte> payload)
    {
        kind = default;
        payload = default;
        var at = offset;
        if (at >= file.Length)
        {
            return false;
        }

        kind = (RecordKind)file[at++];
        if (!TryReadVarint(file, ref at, out var length) || length > (ulong)(file.Length - at))
        {
            return false;
        }

        payload = file.Slice(at, (int)length);
        at += (int)length;
        if (file.Length - at < ChecksumLength
            || BinaryPrimitives.ReadUInt32LittleEndian(file[at..]) != Checksum(file[offset..at]))
        {
            return false;
        }

        offset = at + ChecksumLength;
        return true;
    }

    public static void WriteVarint(Stream target, ulong value)
    {
        while (value >= 0x80)
        {
            target.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        target.WriteByte((byte)value);
    }

    public static ulong ReadVarint(ReadOnlySpan<byte> source, ref int offset) =>
        TryReadVarint(source, ref offset, out var value) ? value : throw new InvalidDataException("A ledger record ends too early.");

    public static void WriteTime(Stream target, DateTimeOffset time) => WriteVarint(target, (ulong)(time - DateTimeOffset.UnixEpoch).Ticks);

    public static DateTimeOffset ReadTime(ReadOnlySpan<byte> source, ref int offset) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)ReadVarint(source, ref offset));

    /// <summary>Writes ranges as the distances between them, which keeps nearly all numbers in one or two bytes.</summary>
    public static void WriteRanges(Stream target, IReadOnlyList<IdRange> ranges)
    {
        WriteVarint(target, (ulong)ranges.Count);
        var end = 0L;
        foreach (var range in ranges)
        {
            WriteVarint(target, (ulong)(range.First - end));
            WriteVarint(target, (ulong)(range.Last - range.First));
            end = range.Last;
        }
    }

    public static IReadOnlyList<IdRange> ReadRanges(ReadOnlySpan<byte> source, ref int offset)
    {
        var ranges = new IdRange[checked((int)ReadVarint(source, ref offset))];
        var end = 0L;
        for (var i = 0; i < ranges.Length; i++)
        {
            var first = end + (long)ReadVarint(source, ref offset);
            end = first + (long)ReadVarint(source, ref offset);
            ranges[i] = new IdRange(first, end);
        }

        return ranges;
    }

    private static bool TryReadVarint(ReadOnlySpan<byte> source, ref int offset, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && offset < source.Length; shift += 7)
        {
            var part = source[offset++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
