// A photo from the camera, made smaller in the page: what is sent is drawn anew, so nothing else that the file held goes along.
const LONGEST = 1600;
const THUMB = 240;
const QUALITY = 0.82;

export interface Picture { blob: Blob; thumb: string }

function drawn(image: ImageBitmap, longest: number): HTMLCanvasElement {
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Throws when the file is no picture that this browser can read. */
export async function scaled(file: Blob): Promise<Picture> {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    const thumb = drawn(image, THUMB).toDataURL('image/jpeg', QUALITY);
    const blob = await new Promise<Blob | null>((done) => drawn(image, LONGEST).toBlob(done, 'image/jpeg', QUALITY));
    if (!blob) throw new Error('the picture could not be written');
    return { blob, thumb };
  } finally {
    image.close();
  }
}
